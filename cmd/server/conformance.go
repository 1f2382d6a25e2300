package main

import (
	"fmt"
	"time"

	"carrierhook/internal/conformance"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"

	"github.com/spf13/cobra"
)

func conformanceCommand() *cobra.Command {
	c := conformanceFlags{push: pushFlags{urlFlag: "url", accountFlag: miniProgramFlag}}
	cmd := &cobra.Command{
		Use:   "conformance",
		Short: "Test a carrier's server: send what WeChat may send, and check the answers",
		Long: "Pushes to a carrier's server, with and without faults, and says which answers WeChat would not\n" +
			"take. It prints a line a case and a summary, and fails if a case fails. Each case rests on a rule\n" +
			"of WeChat's or on our advice, and says which.\n\n" +
			"Without --url it tries the running demo, with waybills and a merchant that it puts there for itself.\n" +
			"With --url the credentials are those of the configuration (wechat.user_name, app_id, token, aes_key,\n" +
			"mode, or an entry of wechat.accounts), and flags come before it. A secret in a flag can be read by everybody on this machine; a\n" +
			"variable (CARRIERHOOK_WECHAT_TOKEN, CARRIERHOOK_WECHAT_AES_KEY) and a file cannot.\n\n" +
			"Cancelling is tried only where a waybill is given for it, and then it is really cancelled. Orders\n" +
			"are booked only where an account is given for it, and orders of instant delivery are placed only where\n" +
			"a shop is; what was booked or placed is cancelled.\n\n" +
			"With --calls-listen it plays WeChat to the server's calls too: the parcels that it books are scanned, by\n" +
			"--scan-command or --v1-url, and the server has to call updatePath there as WeChat wants it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&c.push.url, "url", "", "the server's push URL")
	f.StringVar(&c.push.account, miniProgramFlag, "", accountFlag)
	f.StringVar(&c.push.dir, "dir", demo.Dir, "where the demo keeps its data")
	f.StringVar(&c.push.mode, "mode", "", "plain, compatible or secure (default: the server's)")
	f.StringVar(&c.given.UserName, "user-name", "", "the mini program's original id, gh_…")
	f.StringVar(&c.given.AppID, "app-id", "", "the mini program's app id, wx…")
	f.StringVar(&c.given.Token, "token", "", "the token of the console")
	f.StringVar(&c.given.AESKey, "aes-key", "", "the EncodingAESKey of the console")
	f.StringVar(&c.previous.Token, "previous-token", "", "the token that the console had before, which the server knows still")
	f.StringVar(&c.previous.AESKey, "previous-aes-key", "", "the EncodingAESKey that the console had before")
	f.StringVar(&c.next.Token, "next-token", "", "the token that the console is to have next, which the server knows already")
	f.StringVar(&c.next.AESKey, "next-aes-key", "", "the EncodingAESKey that the console is to have next")
	f.StringVar(&c.pushFormat, "push-format", "both", "xml, json or both")
	f.StringVar(&c.format, "format", "text", "of the report: text or json")
	f.StringArrayVar(&c.waybills, "waybill", nil, "a waybill that gives a code, as code=biz_id:biz_pwd:order_id:waybill_id[:shop_app_id]; may be repeated")
	f.StringVar(&c.file, "waybills", "", "a JSON file of such waybills")
	f.StringVar(&c.account, "account", "", "a merchant to book orders for, as biz_id:biz_pwd[:shop_app_id]")
	f.StringVar(&c.accountFile, "account-file", "", "a JSON file of such a merchant, with its service, addresses and WeChat's number range")
	f.StringVar(&c.shopID, "shop-id", "", "a shop to place orders of instant delivery for")
	f.StringVar(&c.shopSecret, "shop-secret", "", "the shop's secret, which signs")
	f.StringVar(&c.shopSecretFile, "shop-secret-file", "", "a file that has it")
	f.BoolVar(&c.rulesOnly, "rules-only", false, "leave out what is only our advice")
	f.DurationVar(&c.patience, "patience", sandbox.Patience, "how long to wait for an answer")
	c.calls.register(f)
	c.calls.exclusive(cmd)
	cmd.MarkFlagsMutuallyExclusive("account", "account-file")
	cmd.MarkFlagsMutuallyExclusive("shop-secret", "shop-secret-file")
	return cmd
}

type conformanceFlags struct {
	push               pushFlags // which server to try
	given              demo.File // credentials that come before the configuration's
	previous, next     conformance.Secrets
	pushFormat, format string
	waybills           []string
	file               string
	account            string
	accountFile        string
	shopID             string
	shopSecret         string
	shopSecretFile     string
	rulesOnly          bool
	patience           time.Duration
	calls              callsFlags
}

func (c *conformanceFlags) run(cmd *cobra.Command) error {
	o, err := c.options(cmd)
	if err != nil {
		return err
	}
	if c.format != "text" && c.format != "json" {
		return fmt.Errorf("--format: %q is neither text nor json", c.format)
	}
	if c.push.url == "" {
		if err := fromDemo(cmd.Context(), c.push.dir, &o); err != nil {
			return err
		}
	}
	stop, err := c.calls.serve(o.Calls)
	if err != nil {
		return err
	}
	defer stop()
	out := cmd.OutOrStdout()
	var each func(conformance.Result)
	if c.format == "text" {
		each = func(r conformance.Result) { fmt.Fprintln(out, r.Line()) }
	}
	report, err := conformance.Run(cmd.Context(), o, each)
	if err != nil {
		return err
	}
	if c.format == "json" {
		err = report.WriteJSON(out)
	} else {
		_, err = fmt.Fprintf(out, "\n%s\n", report.Summary())
	}
	if err == nil && report.Failed > 0 {
		err = errShown
	}
	return err
}

// options say which server to try and with what, from the flags and the configuration.
func (c *conformanceFlags) options(cmd *cobra.Command) (conformance.Options, error) {
	o := conformance.Options{RulesOnly: c.rulesOnly, Patience: c.patience, Previous: c.previous, Next: c.next}
	c.push.given = c.given.UserName != "" && c.given.AppID != "" && c.given.Token != "" &&
		(c.given.AESKey != "" || c.push.mode == wechat.Plain.String())
	cred, err := c.push.credentials(cmd)
	if err != nil {
		return o, err
	}
	for _, over := range []struct{ from, to *string }{
		{&c.given.UserName, &cred.UserName}, {&c.given.AppID, &cred.AppID},
		{&c.given.Token, &cred.Token}, {&c.given.AESKey, &cred.AESKey},
	} {
		if *over.from != "" {
			*over.to = *over.from
		}
	}
	o.URL = cred.URL
	if o.Account, err = senderOptions(cred); err != nil {
		return o, err
	}
	if _, err := wechat.NewSender(o.Account); err != nil {
		return o, fmt.Errorf("credentials: %w; give --user-name, --app-id, --token and --aes-key, or set them in the configuration", err)
	}
	o.Formats = []wechat.Format{wechat.XML, wechat.JSON}
	if c.pushFormat != "both" {
		f, err := wechat.ParseFormat(c.pushFormat)
		if err != nil {
			return o, fmt.Errorf("--push-format: %w", err)
		}
		o.Formats = []wechat.Format{f}
	}
	if o.Merchant, err = c.parseAccount(); err != nil {
		return o, err
	}
	if o.Shop, err = c.parseShop(); err != nil {
		return o, err
	}
	if o.Calls, err = c.calls.open(cmd, o.Account.AppID); err != nil {
		return o, err
	}
	o.Waybills, err = c.parseWaybills()
	return o, err
}
