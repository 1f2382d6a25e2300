package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/event"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

func eventsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "events", Short: "Show the events, and see to it that they arrive"}
	cmd.AddCommand(listEventsCommand(), replayEventsCommand(), skipEventsCommand(), tailEventsCommand(), newEpochCommand())
	besideDemo(cmd)
	return cmd
}

// withEvents runs a command with what the database knows of events now.
func withEvents(cmd *cobra.Command, do func(ctx context.Context, care eventCare, st *store.Store) error) error {
	return withStore(cmd, func(cfg config.Config, st *store.Store) error {
		ctx, stop := context.WithCancel(cmd.Context())
		var run sync.WaitGroup
		run.Go(func() { st.Horizon.Run(ctx, zap.NewNop()) })
		defer run.Wait()
		defer stop()
		for end := time.Now().Add(showTimeout); st.Horizon.Epoch() == ""; time.Sleep(10 * time.Millisecond) {
			if ctx.Err() != nil || time.Now().After(end) {
				return errors.New("the database did not tell which events there are")
			}
		}
		return explain(do(ctx, newEventCare(cfg, st, nil), st))
	})
}

func explain(err error) error {
	if errors.Is(err, event.ErrNotSent) {
		return fmt.Errorf("%w, with --up-to", err)
	}
	return err
}

func listEventsCommand() *cobra.Command {
	var state, kind string
	q := event.DeliveryQuery{}
	cmd := &cobra.Command{
		Use:   "list [ENDPOINT]",
		Short: "The endpoints, or what became of the events of one, newest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withEvents(cmd, func(ctx context.Context, care eventCare, _ *store.Store) error {
				if len(args) == 0 {
					return listEndpoints(ctx, care, cmd.OutOrStdout())
				}
				q.Endpoint, q.State, q.Kind = args[0], event.DeliveryState(state), event.Kind(kind)
				if q.State != "" && !slices.Contains(event.DeliveryStates(), q.State) {
					return fmt.Errorf("--state is none of %v", event.DeliveryStates())
				}
				return listDeliveries(ctx, care, q, cmd.OutOrStdout())
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only waiting, retrying, dead or delivered (or skipped) ones")
	cmd.Flags().StringVar(&kind, "kind", "", "only those of a kind, such as waybill.cancelled")
	cmd.Flags().StringVar(&q.Parcel, "parcel", "", `only those of a parcel, such as "waybill W1"`)
	cmd.Flags().IntVar(&q.Limit, "limit", 100, "how many")
	return cmd
}

func listEndpoints(ctx context.Context, care eventCare, out io.Writer) error {
	all, err := care.Endpoints(ctx)
	for _, e := range all {
		fmt.Fprintln(out, e.Name)
		showLine(out, "cursor", event.Cursor{Epoch: care.Epoch(), Position: e.Position}.String())
		showLine(out, "events", fmt.Sprintf("%d waiting, %d retrying, %d dead, the oldest not delivered for %v", e.Waiting, e.Retrying, e.Dead, e.Oldest.Round(time.Second)))
		showLine(out, "failing", failing(e.FailingSince))
		if e.LastFailure != "" {
			showLine(out, "failure", e.LastFailure+", the last one, at "+moment(e.LastFailedAt))
		}
		showLine(out, "paused", moment(e.PausedAt))
		showLine(out, "paused by", e.PausedBy)
		showLine(out, "disabled", moment(e.DisabledAt))
	}
	if err == nil && len(all) == 0 {
		fmt.Fprintln(out, "no server was started with an endpoint yet")
	}
	return err
}

// failing says what events wait for at an endpoint that fails.
func failing(since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return "since " + moment(since) + ": one event at a time is sent as a probe, the others wait until one is answered"
}

func listDeliveries(ctx context.Context, care eventCare, q event.DeliveryQuery, out io.Writer) error {
	all, err := care.Endpoints(ctx)
	if err != nil {
		return err
	}
	var since time.Time
	if i := slices.IndexFunc(all, func(e event.EndpointStatus) bool { return e.Name == q.Endpoint }); i >= 0 {
		since = all[i].FailingSince
	}
	page, more, err := care.Deliveries(ctx, q)
	if err == nil {
		showLine(out, "failing", failing(since))
	}
	for _, d := range page {
		fmt.Fprintf(out, "%s  %s  %s  %s  %s\n", moment(d.At), d.State, d.Kind, d.Parcel, event.Cursor{Epoch: care.Epoch(), Position: d.Position})
		if d.Attempts > 0 {
			next := ""
			if !d.NextAt.IsZero() && !since.IsZero() {
				next = ", waits for a probe"
			} else if !d.NextAt.IsZero() {
				next = ", again at " + moment(d.NextAt)
			}
			fmt.Fprintf(out, "  attempts failed: %d, the last with %s%s\n", d.Attempts, d.Failure, next)
		}
	}
	if more {
		fmt.Fprintf(out, "older ones than these %d are left out\n", len(page))
	}
	return err
}
