package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/datadir"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

func sandboxCommand() *cobra.Command {
	var s sandboxFlags
	p := pushFlags{urlFlag: "carrier", accountFlag: miniProgramFlag}
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Play WeChat: serve the merchant's API and push to a carrier's server",
		Long: "Serves WeChat's addOrder, cancelOrder and the calls around them, and pushes to a carrier's server as\n" +
			"WeChat does.\n" +
			"NOT FOR PRODUCTION: its access token is no secret, and whoever knows it may do everything.\n\n" +
			"Without --carrier it pushes to the running demo. With --carrier the credentials are those of the\n" +
			"configuration (wechat.user_name, app_id, token, aes_key, mode, or an entry of wechat.accounts). The demo has a sandbox of its own.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cred, err := p.credentials(cmd)
			if err != nil {
				return err
			}
			return inTerminal(cmd, func(ctx context.Context, log *zap.Logger, out io.Writer, _ prometheus.Collector) error {
				dir, err := p.kept(cmd)
				if err != nil {
					return err
				}
				if dir != nil {
					defer dir.Close()
				}
				b, err := s.open(dir)
				if err != nil {
					return err
				}
				defer b.Close()
				return b.run(ctx, cred, log, carrierRows{}, func() { b.greet(out, cred, fmt.Sprint(time.Now().Unix())) })
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.url, "carrier", "", "the carrier's push URL")
	f.StringVar(&p.account, miniProgramFlag, "", accountFlag)
	f.StringVar(&p.dir, "dir", demo.Dir, "where the demo keeps its data; with --carrier, where to keep the certificate of --tls")
	f.StringVar(&p.mode, "mode", "", "plain, compatible or secure (default: the server's)")
	s.register(f, "")
	return cmd
}

// kept is the folder for what outlives the sandbox, nil for none: the demo's, or one that was
// named. The demo's has been read already, and so is there.
func (p *pushFlags) kept(cmd *cobra.Command) (*datadir.Dir, error) {
	if p.url != "" && !cmd.Flags().Changed("dir") {
		return nil, nil
	}
	dir, err := datadir.Make(p.dir, 0o711)
	if err != nil {
		return nil, fmt.Errorf("--dir: %w", err)
	}
	return dir, nil
}

// sandboxFlags are the settings of a sandbox, alone or in the demo.
type sandboxFlags struct {
	listen, control           string
	tls                       bool     // of the merchants' listener
	allowRemote               bool     // the listeners may be where other machines reach them
	hosts                     []string // that it may be called by, besides this machine's
	format, fault, deliveryID string
	patience, tokenLife       time.Duration
	retries                   int
	accounts                  []string
	numbers                   string
	carrierNumbers            bool
	instantDeliveryID         string
	shops                     []string

	prefix  string // of the flags' names
	anyPort bool   // a usual port that is taken is replaced by another
}

const (
	sandboxListen  = "127.0.0.1:8090"
	sandboxControl = "127.0.0.1:8091"

	// The demo's carrier knows 100000000 to 199999999 as WeChat's.
	sandboxNumbers = "1:8"
)

// register makes the flags; in the demo their names have a prefix.
func (s *sandboxFlags) register(f *pflag.FlagSet, prefix string) {
	s.prefix = prefix
	f.StringVar(&s.listen, prefix+"listen", sandboxListen, "where merchants call the sandbox")
	f.StringVar(&s.control, prefix+"control", sandboxControl, "where the sandbox is controlled")
	f.BoolVar(&s.tls, prefix+"tls", false, "merchants call the sandbox by TLS; it prints the authority that they have to trust")
	f.BoolVar(&s.allowRemote, "allow-remote", false, "listen also where other machines reach it: whoever does can order and cancel at the carrier's server")
	f.StringArrayVar(&s.hosts, prefix+"allow-host", nil, "a further host name by which the sandbox may be called; may be repeated")
	f.StringVar(&s.format, prefix+"format", "xml", "of the sandbox's pushes: xml or json")
	f.StringVar(&s.fault, prefix+"fault", "", "a fault of all the sandbox's pushes; GET /fault at its control address lists them")
	f.StringVar(&s.deliveryID, prefix+"delivery-id", demo.DeliveryID, "the carrier's id at the sandbox")
	f.StringArrayVar(&s.accounts, prefix+"account", nil, "biz_id:password of a further merchant at the sandbox; may be repeated")
	f.StringVar(&s.numbers, prefix+"numbers", sandboxNumbers, "WeChat's range of waybill numbers at the sandbox: prefix:digits, or prefix:digits:first")
	f.BoolVar(&s.carrierNumbers, prefix+"carrier-numbers", false, "the carrier gives the waybill numbers: the sandbox pushes orders without one")
	f.StringVar(&s.instantDeliveryID, prefix+"instant-delivery-id", demo.InstantDeliveryID, "the carrier's id in instant delivery at the sandbox: SFTC, SS, MTPS, DADA, UU or another")
	f.StringArrayVar(&s.shops, prefix+"shop", nil, "shopid of a further shop of instant delivery at the sandbox; may be repeated")
	f.DurationVar(&s.patience, prefix+"patience", sandbox.Patience, "how long the sandbox waits for an answer")
	f.IntVar(&s.retries, prefix+"retries", sandbox.Tries-1, "how often the sandbox pushes again without one")
	f.DurationVar(&s.tokenLife, prefix+"token-life", sandbox.TokenLife, "how long the sandbox's access tokens are valid")
}

// box is a sandbox whose listeners are open.
type box struct {
	flags             sandboxFlags
	merchant, control net.Listener
	identity          *identity // nil: without TLS
}

// open listens. The two must not be one: a merchant's client shall not reach
// the control. dir, if not nil, keeps the certificate.
func (s sandboxFlags) open(dir *datadir.Dir) (*box, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	b := &box{flags: s}
	listen, control := s.listen, s.control
	if s.anyPort {
		listen, control = orAnother(listen, sandboxListen), orAnother(control, sandboxControl)
	}
	var err error
	if b.merchant, err = net.Listen("tcp", listen); err != nil {
		return nil, fmt.Errorf("the sandbox's merchant API: %w; choose another address with --%slisten", err, s.prefix)
	}
	if b.control, err = net.Listen("tcp", control); err != nil {
		b.merchant.Close()
		return nil, fmt.Errorf("the sandbox's control: %w; choose another address with --%scontrol", err, s.prefix)
	}
	if s.tls {
		if err := b.identify(dir); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// check finds what is wrong before anything is open.
func (s sandboxFlags) check() error {
	if s.patience <= 0 || s.retries < 0 || s.tokenLife <= 0 {
		return errors.New("patience and token life must be above 0, and retries not below")
	}
	for _, name := range s.hosts {
		if err := config.CheckHost(name); err != nil {
			return fmt.Errorf("--%sallow-host: %q %w", s.prefix, name, err)
		}
	}
	if s.allowRemote {
		return nil
	}
	return errors.Join(stayLocal(s.prefix+"listen", s.listen), stayLocal(s.prefix+"control", s.control))
}

// Close gives the addresses back, if run has not done so.
func (b *box) Close() {
	b.merchant.Close()
	b.control.Close()
}

// run serves until ctx ends. What a merchant has called for by then is not
// waited for longer than a push takes.
func (b *box) run(ctx context.Context, cred demo.File, log *zap.Logger, rows carrierRows, ready func()) error {
	api, err := b.api(cred, log.Named("sandbox"), rows)
	if err != nil {
		return err
	}
	serving, ctx := errgroup.WithContext(ctx)
	for ln, h := range map[net.Listener]http.Handler{b.merchant: api.Merchant(), b.control: api.Control()} {
		s := sandboxServer(h, log)
		serve := func() error { return s.Serve(ln) }
		if ln == b.merchant && b.identity != nil {
			s.TLSConfig = b.identity.config
			serve = func() error { return s.ServeTLS(ln, "", "") }
		}
		serving.Go(serve)
		serving.Go(func() error {
			<-ctx.Done()
			grace, cancel := context.WithTimeout(context.Background(), b.flags.patience)
			defer cancel()
			if s.Shutdown(grace) != nil {
				s.Close()
			}
			return nil
		})
	}
	ready()
	if err := serving.Wait(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sandboxServer has no limit but for the header: an answer waits for a push and
// its retries.
func sandboxServer(h http.Handler, log *zap.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: zap.NewStdLog(log),
	}
}
