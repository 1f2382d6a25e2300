package main

import (
	"context"
	"fmt"

	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func skipEventsCommand() *cobra.Command {
	var cursor, upTo string
	cmd := &cobra.Command{
		Use:   "skip ENDPOINT",
		Short: "Have an event not sent to an endpoint, or all up to one",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withEvents(cmd, func(ctx context.Context, care eventCare, _ *store.Store) error {
				p, err := position(care, cursor+upTo)
				if err != nil {
					return err
				}
				n := int64(1)
				if upTo != "" {
					n, err = care.SkipTo(ctx, args[0], p)
				} else {
					err = care.Skip(ctx, args[0], p)
				}
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "events that are skipped: %d\n", n)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&cursor, "cursor", "", "one that failed, waits behind one that failed, or is dead, by the cursor that list shows")
	cmd.Flags().StringVar(&upTo, "up-to", "", "all up to a cursor that were not delivered")
	cmd.MarkFlagsOneRequired("cursor", "up-to")
	cmd.MarkFlagsMutuallyExclusive("cursor", "up-to")
	return cmd
}
