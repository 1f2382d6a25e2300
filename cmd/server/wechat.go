package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"carrierhook/internal/config"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat/client"

	"github.com/spf13/cobra"
)

// wechatTimeout limits a command that calls WeChat.
const wechatTimeout = time.Minute

func wechatCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wechat",
		Short: "Call WeChat by hand",
		Long: "Calls WeChat by the settings of a server: wechat.app_id and app_secret_file, or an entry of\n" +
			"wechat.accounts. WeChat takes calls from the addresses of its allow-list only, so run it where a server runs.\n" +
			"Beside a running demo, where no configuration names a database, it calls the demo's sandbox.",
	}
	cmd.PersistentFlags().String("account", "", accountFlag)
	cmd.AddCommand(contactCommand(), previewCommand(), quotaCommand(), clearQuotaCommand(), refreshTokenCommand())
	besideDemo(cmd)
	return cmd
}

// callingAccount is the mini program that --account names, or the only one, with what it
// takes to call.
func callingAccount(cfg config.Config, name string) (config.Account, error) {
	a, err := namedAccount(cfg, "account", name)
	if err == nil && a.AppSecret == "" {
		err = fmt.Errorf("the mini program %s has no AppSecret: write it into a file, and name that by app_secret_file", a.Name)
	}
	return a, err
}

// newWeChat calls WeChat for a mini program.
func newWeChat(cfg config.Config, a config.Account, tokens client.TokenStore) (*client.Client, error) {
	c, err := client.New(client.Options{URL: cfg.WeChat.APIURL, CA: cfg.WeChat.APICA, AppID: a.AppID, Secret: a.AppSecret, Tokens: tokens})
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", a.Name, err)
	}
	return c, nil
}

// caller is what a command calls WeChat by.
type caller struct {
	*client.Client
	account config.Account
}

// withWeChat runs a command that needs no database. Its access token is WeChat's current
// one, which servers use too.
func withWeChat(cmd *cobra.Command, do func(context.Context, caller) error) error {
	cfg, err := toolConfig(cmd, config.NeedCalls)
	if err != nil {
		return err
	}
	return callFor(cmd, cfg, cmd.Flag("account").Value.String(), nil, do)
}

// callWithStore runs a command that needs the database. account names the mini program
// where --account does not, if it is not nil: by its user name.
func callWithStore(cmd *cobra.Command, account func(context.Context, *store.Store) (string, error), do func(context.Context, caller) error) error {
	cfg, err := toolConfig(cmd, config.NeedCalls)
	if err != nil {
		return err
	}
	return onStore(cmd, cfg, func(st *store.Store) error {
		named := cmd.Flag("account").Value.String()
		if account != nil {
			userName, err := account(cmd.Context(), st)
			if err != nil {
				return err
			}
			for _, a := range cfg.Accounts() {
				if named == "" && a.UserName == userName {
					named = a.Name
				}
			}
		}
		return callFor(cmd, cfg, named, st.Tokens, do)
	})
}

func callFor(cmd *cobra.Command, cfg config.Config, named string, tokens client.TokenStore, do func(context.Context, caller) error) error {
	a, err := callingAccount(cfg, named)
	if err != nil {
		return err
	}
	c, err := newWeChat(cfg, a, tokens)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, stop := context.WithTimeout(cmd.Context(), wechatTimeout)
	defer stop()
	return do(ctx, caller{c, a})
}

var errNotForced = errors.New("WeChat gives the current access token without this; to have it replaced, say --force-refresh")

func refreshTokenCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "token --force-refresh",
		Short: "Have WeChat replace the access token, after it has become known to others",
		Long: "Has WeChat replace the access token of a mini program. The one before is refused at once; servers find the\n" +
			"new one in the database. WeChat allows this 20 times a day, with 30 seconds between two. Servers renew the\n" +
			"token by themselves: nothing but a token that others know needs this. The token is not printed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !force {
				return errNotForced
			}
			return callWithStore(cmd, nil, func(ctx context.Context, c caller) error {
				if err := c.ForceRefresh(ctx); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "WeChat has replaced the access token of %s (%s)\n", c.account.Name, c.account.AppID)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force-refresh", false, "do it: 20 times a day, with 30 seconds between two")
	return cmd
}

// printable is a text of WeChat's that may be anything, as a terminal may get it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}
