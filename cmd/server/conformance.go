package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/conformance"
	"carrierhook/internal/wechat"

	"github.com/spf13/cobra"
)

func conformanceCommand() *cobra.Command {
	c := conformanceFlags{}
	cmd := &cobra.Command{
		Use:   "conformance",
		Short: "Ask a carrier's server everything that WeChat might, and judge the answers",
		Long: "Pushes to a carrier's server, with and without faults, and says which answers WeChat would not\n" +
			"take. It prints a line a case and a summary, and fails if a case fails. Each case rests on a rule\n" +
			"of WeChat's or on our advice, and says which.\n\n" +
			"Without --url it asks the running demo, with waybills that it puts there for itself. With --url the\n" +
			"credentials are those of the configuration (wechat.user_name, app_id, token, aes_key, mode), and\n" +
			"flags come before it. A secret in a flag can be read by everybody on this machine; a variable\n" +
			"(CARRIERHOOK_WECHAT_TOKEN, CARRIERHOOK_WECHAT_AES_KEY) cannot.\n\n" +
			"Cancelling is asked for only where a waybill is given for it, and then it is really cancelled.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&c.push.url, "url", "", "the server's push URL")
	f.StringVar(&c.push.dir, "dir", demoDir, "where the demo keeps its data")
	f.StringVar(&c.push.mode, "mode", "", "plain, compatible or secure (default: the server's)")
	f.StringVar(&c.given.UserName, "user-name", "", "the mini program's original id, gh_…")
	f.StringVar(&c.given.AppID, "app-id", "", "the mini program's app id, wx…")
	f.StringVar(&c.given.Token, "token", "", "the token of the console")
	f.StringVar(&c.given.AESKey, "aes-key", "", "the EncodingAESKey of the console")
	f.StringVar(&c.pushFormat, "push-format", "both", "xml, json or both")
	f.StringVar(&c.format, "format", "text", "of the report: text or json")
	f.StringArrayVar(&c.waybills, "waybill", nil, "a waybill that gives a code, as code=biz_id:biz_pwd:order_id:waybill_id[:shop_app_id]; may be repeated")
	f.StringVar(&c.file, "waybills", "", "a JSON file of such waybills")
	f.BoolVar(&c.rulesOnly, "rules-only", false, "leave out what is only our advice")
	f.DurationVar(&c.patience, "patience", sandbox.Patience, "how long to wait for an answer")
	return cmd
}

type conformanceFlags struct {
	push               pushFlags // whom to ask
	given              demoFile  // credentials that come before the configuration's
	pushFormat, format string
	waybills           []string
	file               string
	rulesOnly          bool
	patience           time.Duration
}

func (c *conformanceFlags) run(cmd *cobra.Command) error {
	o, err := c.options(cmd)
	if err != nil {
		return err
	}
	if c.format != "text" && c.format != "json" {
		return fmt.Errorf("--format: %q is neither text nor json", c.format)
	}
	if c.push.url == "" && len(o.Waybills) == 0 {
		if o.Waybills, err = demoWaybills(cmd.Context(), c.push.dir); err != nil {
			return err
		}
	}
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

// options are whom to ask and what, from the flags and the configuration.
func (c *conformanceFlags) options(cmd *cobra.Command) (conformance.Options, error) {
	o := conformance.Options{RulesOnly: c.rulesOnly, Patience: c.patience}
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
	mode, err := wechat.ParseMode(cred.Mode)
	if err != nil {
		return o, err
	}
	o.URL = cred.URL
	o.Account = wechat.SenderOptions{UserName: cred.UserName, AppID: cred.AppID, Mode: mode, Token: cred.Token, AESKey: cred.AESKey}
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
	o.Waybills, err = c.parseWaybills()
	return o, err
}

func (c *conformanceFlags) parseWaybills() ([]conformance.Waybill, error) {
	var all []conformance.Waybill
	var faults []error
	for i, text := range c.waybills {
		w, err := conformance.ParseWaybill(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("--waybill %d: %w", i+1, err))
		}
		all = append(all, w)
	}
	if c.file != "" {
		text, err := os.ReadFile(c.file)
		if err != nil {
			return nil, fmt.Errorf("--waybills: %w", err)
		}
		more, err := conformance.ParseWaybills(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", c.file, err))
		}
		all = append(all, more...)
	}
	return all, errors.Join(faults...)
}

// demoWaybills puts waybills of its own into the running demo's database, as new
// at every run. WeChat's sample stays as it is.
func demoWaybills(ctx context.Context, dir string) ([]conformance.Waybill, error) {
	st, closeStore, err := joinDemo(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer closeStore()
	merchants, rows, given := conformanceRows(time.Now())
	return given, st.Replace(ctx, merchants, rows)
}
