package main

import (
	"fmt"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date and make the ledger's partitions",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, func(_ config.Config, db *database) error {
				if err := store.Migrate(cmd.Context(), db.url); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "the schema is up to date")
				return err
			})
		},
	}
}

// withDatabase runs a tool on the configured database, beside whatever else
// runs on it.
func withDatabase(cmd *cobra.Command, do func(config.Config, *database) error) (err error) {
	cfg, _, err := loadConfig(cmd, config.NeedDatabase)
	if err != nil {
		return err
	}
	db, err := joinDatabase(cmd.Context(), cfg, func(format string, args ...any) {
		fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...)
	})
	if err != nil {
		return err
	}
	if db.embedded != nil {
		defer func() {
			if stop := db.embedded.Stop(); err == nil {
				err = stop
			}
		}()
	}
	return do(cfg, db)
}

// withStore is withDatabase for a tool that works on the tables.
func withStore(cmd *cobra.Command, do func(*store.Store) error) error {
	return withConfiguredStore(cmd, func(_ config.Config, st *store.Store) error { return do(st) })
}

// withConfiguredStore is withStore for a tool that goes by the configuration.
func withConfiguredStore(cmd *cobra.Command, do func(config.Config, *store.Store) error) error {
	return withDatabase(cmd, func(cfg config.Config, db *database) error {
		if db.embedded != nil {
			if err := store.Migrate(cmd.Context(), db.url); err != nil {
				return err
			}
		}
		options := storeOptions(cfg, db.url)
		options.ConnectTimeout = 15 * time.Second // nobody hangs up on a tool
		st, err := store.Open(cmd.Context(), options)
		if err != nil {
			return err
		}
		defer st.Close()
		if err := st.CheckSchema(cmd.Context()); err != nil {
			return err
		}
		return do(cfg, st)
	})
}
