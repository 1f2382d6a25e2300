package main

import (
	"context"
	"fmt"
	"io"

	"carrierhook/internal/event"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func tailEventsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tail",
		Short: "Print each event that is decided from now on, until it is interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withEvents(cmd, func(ctx context.Context, _ eventCare, st *store.Store) error {
				return tail(ctx, st, cmd.OutOrStdout())
			})
		},
	}
}

const tailPage = 100

func tail(ctx context.Context, st *store.Store, out io.Writer) error {
	q := event.Query{Latest: true, Kinds: event.Kinds(), Limit: tailPage}
	for {
		page, err := st.Feed.Read(ctx, q)
		if ctx.Err() != nil {
			return nil // it was interrupted
		}
		if err != nil {
			return err
		}
		for _, e := range page.Events {
			if _, err := fmt.Fprintf(out, "%s\n", e.Body); err != nil {
				return err
			}
		}
		q.Latest, q.After = false, &page.Next
		if !page.More && st.Feed.Wait(ctx, page.Next) != nil {
			return nil
		}
	}
}
