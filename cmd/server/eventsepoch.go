package main

import (
	"fmt"

	"carrierhook/internal/config"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func newEpochCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new-epoch",
		Short: "Begin a new history of events, after a restore that no server has noticed",
		Long: `Begins a new history of events. Cursors of before get 410 from now on, and their
followers begin again. Servers notice by themselves when their database has gone back
while they run; where all were stopped none can, and this is for them
(docs/backup.md, After going back in time).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(_ config.Config, st *store.Store) error {
				if err := st.BeginEventEpoch(cmd.Context()); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "a new epoch of events has begun")
				return err
			})
		},
	}
}
