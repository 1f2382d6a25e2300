package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"carrierhook/internal/conformance"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"
)

// callsFlags say where the kit plays WeChat to the calls of the server that it tries, and how
// it has scans reported.
type callsFlags struct {
	listen, appID      string
	secret, secretFile string
	scanCommand        string
	v1URL, v1Token     string
	v1TokenFile        string
	patience, quiet    time.Duration
	limits             bool
}

func (c *callsFlags) register(f *pflag.FlagSet) {
	f.StringVar(&c.listen, "calls-listen", "", "where the server was configured to call WeChat: the kit answers there")
	f.StringVar(&c.appID, "calls-app-id", "", "the app id that it calls with (default: that of the pushes)")
	f.StringVar(&c.secret, "calls-secret", "", "the AppSecret that goes with it")
	f.StringVar(&c.secretFile, "calls-secret-file", "", "a file that has it")
	f.StringVar(&c.scanCommand, "scan-command", "", "a command that reports a scan to the carrier's systems: words, or a JSON list of them, with {waybill_id}, {action_type}, {action_time} and {action_msg}")
	f.StringVar(&c.v1URL, "v1-url", "", "of a server of ours: where its /v1 is, to which scans are reported")
	f.StringVar(&c.v1Token, "v1-token", "", "the token for /v1")
	f.StringVar(&c.v1TokenFile, "v1-token-file", "", "a file that has it")
	f.DurationVar(&c.patience, "calls-patience", 30*time.Second, "how long to wait for a call that has to come")
	f.DurationVar(&c.quiet, "calls-quiet", 10*time.Second, "how long to watch where no call may come")
	f.BoolVar(&c.limits, "calls-limits", false, "answer 45011 and 45009 too; after the last the server makes no calls until midnight in Beijing")
}

// exclusive says which of the flags exclude each other.
func (c *callsFlags) exclusive(cmd *cobra.Command) {
	cmd.MarkFlagsMutuallyExclusive("calls-secret", "calls-secret-file")
	cmd.MarkFlagsMutuallyExclusive("v1-token", "v1-token-file")
	cmd.MarkFlagsMutuallyExclusive("scan-command", "v1-url")
}

// open makes WeChat, which is nil where no address is given. The error shows no secret.
func (c *callsFlags) open(cmd *cobra.Command, appID string) (*conformance.Calls, error) {
	if c.listen == "" {
		return nil, nil
	}
	o := conformance.CallOptions{AppID: appID, Patience: c.patience, Quiet: c.quiet, Limits: c.limits}
	if c.appID != "" {
		o.AppID = c.appID
	}
	var err error
	if o.Secret, err = secretOf("calls-secret", c.secret, c.secretFile); err != nil {
		return nil, err
	}
	if o.SendScan, err = c.sendScan(cmd); err != nil {
		return nil, err
	}
	if o.Secret == "" || c.patience <= 0 || c.quiet <= 0 {
		return nil, errors.New("--calls-listen wants --calls-secret or --calls-secret-file with it, and --calls-patience and --calls-quiet above 0")
	}
	return conformance.NewCalls(o)
}

func (c *callsFlags) sendScan(cmd *cobra.Command) (func(context.Context, conformance.Scan) error, error) {
	switch {
	case c.scanCommand != "":
		send, err := conformance.ParseScanCommand(c.scanCommand, cmd.ErrOrStderr())
		if err != nil {
			err = fmt.Errorf("--scan-command: %w", err)
		}
		return send, err
	case c.v1URL != "":
		token, err := secretOf("v1-token", c.v1Token, c.v1TokenFile)
		return conformance.SendScanByV1(c.v1URL, token, http.DefaultClient), err
	}
	return nil, errors.New("--calls-listen wants --scan-command or --v1-url with it")
}

// serve answers the server's calls until close is called.
func (c *callsFlags) serve(calls *conformance.Calls) (close func(), err error) {
	if calls == nil {
		return func() {}, nil
	}
	ln, err := net.Listen("tcp", c.listen)
	if err != nil {
		return nil, fmt.Errorf("--calls-listen: %w", err)
	}
	s := sandboxServer(calls, zap.NewNop())
	ended := make(chan struct{})
	go func() {
		_ = s.Serve(ln) // until it is closed
		ended <- struct{}{}
	}()
	return func() { s.Close(); <-ended }, nil
}
