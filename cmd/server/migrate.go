package main

import (
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date and make the ledger's partitions",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, func(_ config.Config, db *database) error {
				if err := store.Migrate(cmd.Context(), db.url, sayTo(cmd)); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "the schema is up to date")
				return err
			})
		},
	}
	besideDemo(cmd)
	return cmd
}

// besideDemo gives a tool, and those below it, the flag of toolConfig.
func besideDemo(cmd *cobra.Command) {
	cmd.PersistentFlags().String("dir", demo.Dir, "where the demo keeps its data: its database is used if the configuration names none")
}

// toolConfig is the configuration, or where that names no database, or --dir a demo,
// the demo's own.
func toolConfig(cmd *cobra.Command, need config.Need) (config.Config, error) {
	dir := cmd.Flags().Lookup("dir")
	if !dir.Changed {
		cfg, _, err := loadConfig(cmd, config.NeedNothing)
		if err != nil {
			return cfg, err
		}
		if cfg.Database.URL != "" || cfg.Database.Dir != "" {
			cfg, _, err = loadConfig(cmd, need)
			return cfg, err
		}
	}
	d, err := demo.Running(dir.Value.String())
	if err != nil {
		if !dir.Changed {
			_, _, unset := loadConfig(cmd, need)
			err = errors.Join(unset, err)
		}
		return config.Config{}, err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "on the database of the demo in %s\n", dir.Value)
	cfg := demo.Config()
	cfg.Database.URL = config.Secret(d.Database)
	cfg.WeChat.UserName, cfg.WeChat.AppID = d.UserName, d.AppID
	cfg.WeChat.APIURL, cfg.WeChat.APICA, cfg.WeChat.AppSecret = d.APIURL, d.APICA, config.Secret(sandbox.Secret)
	return cfg, nil
}

// sayTo writes lines for the person at the terminal.
func sayTo(cmd *cobra.Command) func(format string, args ...any) {
	return func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
}

// withDatabase runs a tool on its database, beside whatever else runs on it.
func withDatabase(cmd *cobra.Command, do func(config.Config, *database) error) error {
	cfg, err := toolConfig(cmd, config.NeedDatabase)
	if err != nil {
		return err
	}
	return onDatabase(cmd, cfg, func(db *database) error { return do(cfg, db) })
}

// onDatabase is withDatabase for a tool that has read the configuration.
func onDatabase(cmd *cobra.Command, cfg config.Config, do func(*database) error) (err error) {
	db, err := openBeside(cmd.Context(), cfg, sayTo(cmd))
	if err != nil {
		return err
	}
	if db.embedded != nil {
		defer func() { err = errors.Join(err, db.embedded.Stop()) }()
	}
	return do(db)
}

// withStore is withDatabase for a tool that works on the tables.
func withStore(cmd *cobra.Command, do func(config.Config, *store.Store) error) error {
	cfg, err := toolConfig(cmd, config.NeedDatabase)
	if err != nil {
		return err
	}
	return onStore(cmd, cfg, func(st *store.Store) error { return do(cfg, st) })
}

// onStore is withStore for a tool that has read the configuration.
func onStore(cmd *cobra.Command, cfg config.Config, do func(*store.Store) error) error {
	return onDatabase(cmd, cfg, func(db *database) error {
		if db.embedded != nil {
			if err := store.Migrate(cmd.Context(), db.url, sayTo(cmd)); err != nil {
				return err
			}
		}
		options := storeOptions(cfg, db.url)
		options.ConnectTimeout = 15 * time.Second // nobody hangs up on a tool
		options.Say = sayTo(cmd)
		st, err := store.Open(cmd.Context(), options)
		if err != nil {
			return err
		}
		defer st.Close()
		if err := st.CheckSchema(cmd.Context()); err != nil {
			return err
		}
		return do(st)
	})
}
