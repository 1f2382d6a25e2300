package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"

	"github.com/spf13/cobra"
)

func pushCommand() *cobra.Command {
	p := pushFlags{}
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Play WeChat: send one cancel_waybill and verify the reply",
		Long: "Signs, seals and sends one cancel_waybill as WeChat would and shows the reply, opened and verified.\n" +
			"It fails if the reply is not right; a result code such as 30003 is a right reply.\n\n" +
			"Without --url it pushes to the running demo. With --url the credentials are those of the\n" +
			"configuration (wechat.user_name, app_id, token, aes_key, mode).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&p.url, "url", "", "the server's push URL")
	f.StringVar(&p.dir, "dir", demoDir, "where the demo keeps its data")
	f.StringVar(&p.format, "format", "xml", "xml or json")
	f.StringVar(&p.mode, "mode", "", "plain, compatible or secure (default: the server's)")
	f.BoolVar(&p.repeat, "repeat", false, "send the last push again, as WeChat does when it got no answer")
	f.StringVar(&p.msg.BizID, "biz-id", sampleBizID, "the merchant")
	f.StringVar((*string)(&p.msg.BizPwd), "biz-pwd", sampleBizPwd, "the merchant's password")
	f.StringVar(&p.msg.ShopAppID, "shop-app-id", sampleShopAppID, "the merchant's mini program")
	f.StringVar(&p.msg.OrderID, "order-id", sampleOrderID, "the order")
	f.StringVar(&p.msg.WayBillID, "waybill-id", sampleWaybillID, "the waybill")
	f.StringVar(&p.msg.FromUserName, "openid", sampleOpenID, "the user who ordered")
	return cmd
}

type pushFlags struct {
	url, dir, format, mode string
	repeat                 bool
	msg                    wechat.CancelWaybill
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
	if err := p.message(cred); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "push cancel_waybill (%s, %s) to %s\n", platform.Format, cred.Mode, cred.URL)
	fmt.Fprintf(out, "  BizID %s  OrderID %s  WayBillID %s  CreateTime %d\n", p.msg.BizID, p.msg.OrderID, p.msg.WayBillID, p.msg.CreateTime)
	a, err := platform.Cancel(cmd.Context(), p.msg)
	if len(a.Opened) > 0 {
		fmt.Fprintf(out, "reply after %v:\n%s\n", a.Took.Round(10*time.Microsecond), a.Opened)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "the reply is right. ResultCode %d: %s\n", a.Reply.ResultCode, a.Reply.ResultMsg)
	return err
}

// credentials are the demo's, or those of the configuration.
func (p *pushFlags) credentials(cmd *cobra.Command) (demoFile, error) {
	var cred demoFile
	if p.url == "" {
		err := readJSON(filepath.Join(p.dir, demoName), &cred)
		if errors.Is(err, fs.ErrNotExist) {
			return cred, fmt.Errorf("no demo has run in %s: start one with `make run`, or name a server with --url", p.dir)
		}
		if err != nil {
			return cred, err
		}
	} else {
		cfg, err := loadConfig(cmd, config.NeedNothing)
		if err != nil {
			return cred, err
		}
		cred = demoFile{
			URL: p.url, Mode: cfg.WeChat.Mode, UserName: cfg.WeChat.UserName, AppID: cfg.WeChat.AppID,
			Token: cfg.WeChat.Token.Value(), AESKey: cfg.WeChat.AESKey.Value(),
		}
	}
	if p.mode != "" {
		cred.Mode = p.mode
	}
	return cred, nil
}

func (p *pushFlags) platform(cred demoFile) (*sandbox.Platform, error) {
	format, err := wechat.ParseFormat(p.format)
	if err != nil {
		return nil, err
	}
	mode, err := wechat.ParseMode(cred.Mode)
	if err != nil {
		return nil, err
	}
	sender, err := wechat.NewSender(wechat.SenderOptions{
		UserName: cred.UserName, AppID: cred.AppID, Mode: mode, Token: cred.Token, AESKey: cred.AESKey,
	})
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return &sandbox.Platform{URL: cred.URL, Sender: sender, Format: format}, nil
}

// lastPush is what a push leaves behind for --repeat: all that it takes to
// send it again.
type lastPush struct {
	CreateTime int64  `json:"create_time"`
	OpenID     string `json:"openid"`
	BizID      string `json:"biz_id"`
	OrderID    string `json:"order_id"`
	WayBillID  string `json:"waybill_id"`
	ShopAppID  string `json:"shop_app_id"`
	BizPwd     string `json:"biz_pwd"`
}

// message completes the message with what is new in every push, or takes all of
// it from the last one. WeChat counts seconds; two pushes within one would be
// the same push.
func (p *pushFlags) message(cred demoFile) error {
	p.msg.ToUserName, p.msg.Event = cred.UserName, wechat.EventCancelWaybill
	path := filepath.Join(p.dir, lastName)
	var last lastPush
	err := readJSON(path, &last)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.repeat:
		return errors.New("there is no last push to repeat")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case p.repeat:
		p.msg.CreateTime, p.msg.FromUserName, p.msg.BizID = last.CreateTime, last.OpenID, last.BizID
		p.msg.OrderID, p.msg.WayBillID, p.msg.ShopAppID = last.OrderID, last.WayBillID, last.ShopAppID
		p.msg.BizPwd = wechat.Password(last.BizPwd)
		return nil
	}
	p.msg.CreateTime = max(time.Now().Unix(), last.CreateTime+1)
	err = writeJSON(path, lastPush{
		p.msg.CreateTime, p.msg.FromUserName, p.msg.BizID, p.msg.OrderID, p.msg.WayBillID, p.msg.ShopAppID,
		string(p.msg.BizPwd),
	})
	if errors.Is(err, fs.ErrNotExist) && p.url != "" {
		return nil // pushing elsewhere, from a folder without a demo
	}
	return err
}
