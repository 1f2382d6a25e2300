package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func replayEventsCommand() *cobra.Command {
	var cursor, from, to string
	r := event.Replay{}
	cmd := &cobra.Command{
		Use:   "replay ENDPOINT",
		Short: "Send an endpoint events again: one, all dead ones, or those of a time",
		Long: `Send an endpoint events again, at once and in order for each parcel: one event, all dead
ones, or those of a time, also what the endpoint has taken. What waits to be tried again has its
turn now, with the attempts that it had, and what waits behind it comes after it. What was not
sent yet is none of them, and calls to WeChat that died of token_erased are passed over.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withEvents(cmd, func(ctx context.Context, care eventCare, _ *store.Store) (err error) {
				r.Endpoint = args[0]
				if err := readReplay(&r, care, cmd.Flags().Changed, cursor, from, to); err != nil {
					return err
				}
				all := 0
				for again := true; again && err == nil; again = r.After > 0 {
					var n int
					n, r.After, err = care.Replay(ctx, r)
					all += n
				}
				if err == nil || all > 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "events that are sent again: %d%s\n", all, noneOf(r, all))
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&cursor, "cursor", "", "one event, by the cursor that list shows")
	cmd.Flags().BoolVar(&r.Dead, "dead", false, "all that are dead")
	cmd.Flags().StringVar(&from, "from", "", "those from a time on, such as 2006-01-02T15:04:05Z")
	cmd.Flags().StringVar(&to, "to", "", "with --from: until that time")
	cmd.MarkFlagsOneRequired("cursor", "dead", "from")
	cmd.MarkFlagsMutuallyExclusive("cursor", "dead", "from")
	return cmd
}

// noneOf says why none is sent again.
func noneOf(r event.Replay, n int) string {
	switch {
	case n > 0 || r.Position > 0:
		return ""
	case r.Dead:
		return ": none is dead, but for those that died of " + event.TokenErased
	}
	return ": of that time the endpoint has been sent none; what waits is sent by itself"
}

// readReplay reads what is given: an empty one is none, and not all events.
func readReplay(r *event.Replay, care eventCare, given func(flag string) bool, cursor, from, to string) (err error) {
	if given("cursor") {
		if r.Position, err = position(care, cursor); err != nil {
			return err
		}
	}
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"from", from, &r.From}, {"to", to, &r.To}} {
		if !given(t.flag) {
			continue
		}
		if *t.to, err = time.Parse(time.RFC3339, t.text); err != nil {
			return fmt.Errorf("%q is no time such as 2006-01-02T15:04:05Z", t.text)
		}
	}
	return nil
}

// position reads a cursor of the present epoch.
func position(care eventCare, text string) (int64, error) {
	c, ok := event.ParseCursor(text)
	if !ok || c.Position == 0 {
		return 0, fmt.Errorf("%q is not the cursor of an event", text)
	}
	if c.Epoch != care.Epoch() {
		return 0, errors.New("the cursor is of another epoch: the database was restored since")
	}
	return c.Position, nil
}
