package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/maintenance"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func maintainCommand() *cobra.Command {
	var trust bool
	cmd := &cobra.Command{
		Use:   "maintain",
		Short: "Do the hourly maintenance now: make partitions, drop and erase old data",
		Long: `Does one round of the hourly maintenance of the servers: makes the partitions of
the months ahead, drops months older than ledger.retention, erases the signatures of
plain pushes that no server accepts any more, drops days of events older than
events.retention, and erases personal data older than privacy.retention. It also counts the merchants without a password, whose pushes are
accepted with any password.

Nothing is dropped or erased while the database's clock is in doubt: more than an
hour from this machine's clock, or more than 45 days after the newest row of the
ledger and the bookings. Check the clock that it prints. If it is right, confirm it
with --trust-clock: the servers trust it for 45 days, and erase old data in their
next round. The flag itself erases nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(cfg config.Config, st *store.Store) error {
				if trust {
					return trustClock(cmd.Context(), st, cmd.OutOrStdout())
				}
				return maintain(cmd.Context(), cfg, st, cmd.OutOrStdout())
			})
		},
	}
	cmd.Flags().BoolVar(&trust, "trust-clock", false, "confirm that the database's clock is right now")
	besideDemo(cmd)
	return cmd
}

func trustClock(ctx context.Context, st *store.Store, out io.Writer) error {
	c, err := st.TrustClock(ctx)
	if err != nil {
		return err
	}
	printClock(out, c)
	_, err = fmt.Fprintf(out, "trusted until %s\n", c.TrustedUntil().UTC().Format(time.RFC3339))
	return err
}

// maintain does one round, and says what it did.
func maintain(ctx context.Context, cfg config.Config, st *store.Store, out io.Writer) error {
	r := maintenance.Round(ctx, st, st.Express, retention(cfg), func(string, maintenance.Result) {})
	err := r.Err()
	if errors.Is(err, store.ErrClockNotTrusted) {
		err = fmt.Errorf("%w\nset the clock right, or confirm it with `server maintain --trust-clock`", err)
	}
	if !r.Clock.Database.IsZero() {
		printClock(out, r.Clock)
	}
	fmt.Fprintf(out, "partitions    %d months ahead, %d dropped\n", r.Ledger.MonthsLeft, r.Ledger.Dropped)
	fmt.Fprintf(out, "events        %d days ahead, %d dropped\n", r.Events.DaysLeft, r.Events.Dropped)
	fmt.Fprintf(out, "signatures    %d erased\n", r.Signatures)
	fmt.Fprintf(out, "personal data erased of %d bookings and attempts\n", r.Contacts)
	fmt.Fprintf(out, "merchants     %d without a password, whose pushes are accepted with any password\n", r.Merchants)
	return err
}

func printClock(out io.Writer, c store.Clock) {
	fmt.Fprintf(out, "database      %s\nthis machine  %s\n", c.Database.UTC().Format(time.RFC3339), c.After.UTC().Format(time.RFC3339))
}
