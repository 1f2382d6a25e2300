package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/datadir"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"

	"github.com/spf13/cobra"
)

func pushCommand() *cobra.Command {
	p := pushFlags{urlFlag: "url", accountFlag: "account"}
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Play WeChat: send one push and verify the reply",
		Long: "Signs, seals and sends one push as WeChat would and shows the reply, opened and verified.\n" +
			"It fails if the reply is not right; a result code such as 30003 is a right reply.\n\n" +
			"The push is WeChat's sample of the event: cancel_waybill, or with --event add_waybill (an order;\n" +
			"--waybill-id 0 leaves the number to the carrier), check_biz or get_quota; of instant delivery\n" +
			strings.Join(instantOrderEvents, ", ") + ",\n" +
			strings.Join(instantFollowUps, ", ") + ",\n" +
			"which are signed with the shop's secret; one on the command line can be read by everybody on this\n" +
			"machine, one in a file (--shop-secret-file) cannot.\n\n" +
			"Without --url it pushes to the running demo. With --url the credentials are those of the\n" +
			"configuration (wechat.user_name, app_id, token, aes_key, mode, or an entry of wechat.accounts).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&p.url, "url", "", "the server's push URL")
	f.StringVar(&p.account, "account", "", accountFlag)
	f.StringVar(&p.dir, "dir", demo.Dir, "where the demo keeps its data")
	f.StringVar(&p.format, "format", "xml", "xml or json")
	f.StringVar(&p.mode, "mode", "", "plain, compatible or secure (default: the server's)")
	f.BoolVar(&p.repeat, "repeat", false, "send the last push again, as WeChat does when it got no answer")
	f.StringVar(&p.msg.Event, "event", wechat.EventCancelWaybill, "cancel_waybill, add_waybill, check_biz, get_quota, or one of instant delivery")
	f.StringVar(&p.msg.BizID, "biz-id", demo.BizID, "the merchant")
	f.StringVar(&p.msg.BizPwd, "biz-pwd", demo.BizPwd, "the merchant's password")
	f.StringVar(&p.msg.ShopAppID, "shop-app-id", demo.ShopAppID, "the merchant's mini program")
	f.StringVar(&p.msg.OrderID, "order-id", demo.OrderID, "the order (add_waybill: "+pushedOrderID+"; instant delivery: "+demo.ShopOrderID+")")
	f.StringVar(&p.msg.WayBillID, "waybill-id", demo.WaybillID, "the waybill (add_waybill: 0, the carrier gives the number; instant delivery: none, the order's last)")
	f.StringVar(&p.msg.OpenID, "openid", demo.OpenID, "the user who ordered")
	f.StringVar(&p.msg.ShopID, "shop-id", demo.ShopID, "instant delivery: the shop")
	f.StringVar(&p.shopSecret, "shop-secret", demo.ShopSecret, "instant delivery: the shop's secret, which signs")
	f.StringVar(&p.shopSecretFile, "shop-secret-file", "", "instant delivery: a file that has it")
	f.StringVar(&p.msg.ShopNo, "shop-no", demo.ShopNo, "instant delivery: which of the shop's stores")
	f.StringVar(&p.msg.DeliveryToken, "delivery-token", "", "instant delivery: of a quoted price")
	f.StringVar(&p.msg.Tips, "tips", "", "instant delivery: in yuan (default 0, of "+wechat.EventAddTips+" 5)")
	cmd.MarkFlagsMutuallyExclusive("shop-secret", "shop-secret-file")
	return cmd
}

// pushedOrderID is the order that a push books. The sample's is booked already.
const pushedOrderID = "order-pushed"

type pushFlags struct {
	url, account, dir, format, mode string
	urlFlag, accountFlag            string // what the command calls the first two
	given                           bool   // by flags, all of the credentials
	repeat                          bool
	shopSecret                      string
	shopSecretFile                  string
	msg                             pushed
}

func (p *pushFlags) run(cmd *cobra.Command) error {
	cred, err := p.credentials(cmd)
	if err != nil {
		return err
	}
	platform, err := p.platform(cred)
	if err != nil {
		return err
	}
	if err := p.usual(cmd); err != nil {
		return err
	}
	if err := p.message(); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "push %s (%s, %s) to %s\n  %s\n", p.msg.Event, platform.Format, cred.Mode, cred.URL, p.msg.ids())
	d, says, err := p.msg.deliver(cmd.Context(), platform, cred.UserName)
	if len(d.Answers) > 0 && len(d.Answers[0].Opened) > 0 {
		fmt.Fprintf(out, "reply after %v:\n%s\n", d.Took.Round(10*time.Microsecond), d.Answers[0].Opened)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "the reply is right. %s\n", says)
	return err
}

// usual fills in what an event's own sample has where nothing else was said, and
// the sign. No error shows a secret.
func (p *pushFlags) usual(cmd *cobra.Command) error {
	var usual map[string]string
	switch {
	case p.msg.Event == wechat.EventAddWaybill:
		usual = map[string]string{"order-id": pushedOrderID, "waybill-id": "0"}
	case isInstant(p.msg.Event):
		usual = map[string]string{"order-id": demo.ShopOrderID, "waybill-id": ""}
	}
	for flag, text := range usual {
		if f := cmd.Flags().Lookup(flag); !f.Changed {
			_ = f.Value.Set(text) // a text's: cannot fail
		}
	}
	secret, err := secretOf("shop-secret", p.shopSecret, p.shopSecretFile)
	if err != nil {
		return err
	}
	if isInstant(p.msg.Event) {
		p.msg.sign(secret)
	}
	return nil
}

// credentials are the demo's, or those of the configuration.
func (p *pushFlags) credentials(cmd *cobra.Command) (demo.File, error) {
	var cred demo.File
	if p.url == "" {
		for _, flag := range []string{p.accountFlag, "config"} {
			if cmd.Flags().Changed(flag) {
				return cred, fmt.Errorf("--%s wants --%s with it: without a URL the running demo is meant, which has its own credentials", flag, p.urlFlag)
			}
		}
		var err error
		if cred, err = demo.Running(p.dir); err != nil {
			return cred, err
		}
	} else {
		cfg, _, err := loadConfig(cmd, config.NeedPush)
		if err != nil {
			return cred, err
		}
		a, err := namedAccount(cfg, p.accountFlag, p.account)
		switch {
		case err != nil && p.account == "" && p.given:
			a = config.Account{Mode: cfg.WeChat.Mode} // none of them is needed
		case err != nil:
			return cred, err
		}
		cred = demo.File{URL: p.url, Mode: a.Mode, UserName: a.UserName, AppID: a.AppID, Token: a.Token.Value(), AESKey: a.AESKey.Value()}
	}
	if p.mode != "" {
		cred.Mode = p.mode
	}
	return cred, nil
}

// platform sends once: WeChat's tries are the sandbox's to play.
func (p *pushFlags) platform(cred demo.File) (*sandbox.Platform, error) {
	format, err := wechat.ParseFormat(p.format)
	if err != nil {
		return nil, err
	}
	platform, err := newPlatform(cred, format)
	if err == nil {
		platform.Tries = 1
	}
	return platform, err
}

// newPlatform plays WeChat towards the server that the credentials are for.
func newPlatform(cred demo.File, f wechat.Format) (*sandbox.Platform, error) {
	sender, err := senderOptions(cred)
	if err != nil {
		return nil, err
	}
	platform, err := sandbox.New(cred.URL, sender, f)
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return platform, nil
}

func senderOptions(cred demo.File) (wechat.SenderOptions, error) {
	mode, err := wechat.ParseMode(cred.Mode)
	return wechat.SenderOptions{UserName: cred.UserName, AppID: cred.AppID, Mode: mode, Token: cred.Token, AESKey: cred.AESKey}, err
}

// message completes the message with what is new in every push, or takes all of
// it from the last one. WeChat counts seconds; two pushes within one would be
// the same push.
func (p *pushFlags) message() error {
	var last pushed
	dir, err := datadir.Open(p.dir)
	if err == nil {
		defer dir.Close()
		err = demo.ReadJSON(dir, demo.LastPushName, &last)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.repeat:
		return errors.New("there is no last push to repeat")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--dir: %w", err)
	case p.repeat:
		p.msg = last
		return p.msg.check()
	}
	if err := p.msg.check(); err != nil {
		return err
	}
	p.msg.CreateTime = max(time.Now().Unix(), last.CreateTime+1)
	if dir == nil {
		return nil // pushing elsewhere, from a folder without a demo
	}
	return demo.WriteJSON(dir, demo.LastPushName, p.msg)
}
