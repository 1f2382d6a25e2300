package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/datadir"
	"carrierhook/internal/demo"
	"carrierhook/internal/handler"
	"carrierhook/internal/localpg"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/sandbox/receiver"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

func demoCommand() *cobra.Command {
	d := demoFlags{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: a private Postgres, WeChat's samples, and the server on a laptop",
		Long: "Starts a private Postgres below " + demo.Dir + "/, puts WeChat's sample merchant, waybill and shop into\n" +
			"it, and a carrier's services, areas, routes and number ranges; and serves on 127.0.0.1 with credentials of its\n" +
			"own. WeChat's sandbox runs beside it, and the carrier's own systems need no token. Each start puts the\n" +
			"samples back. It reads no configuration file.\n\n" + demo.Tour(self()),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inTerminal(cmd, func(ctx context.Context, log *zap.Logger, out io.Writer, lost prometheus.Collector) error {
				d.out = out
				return d.run(ctx, log, nil, lost)
			})
		},
	}
	cmd.Flags().StringVar(&d.mode, "mode", "secure", "plain, compatible or secure")
	cmd.Flags().StringVar(&d.listen, "listen", "127.0.0.1:8080", "where to serve")
	cmd.Flags().StringVar(&d.internal, "internal-listen", demo.InternalListen, "where the carrier's own systems call, and the metrics are")
	cmd.Flags().StringVar(&d.dir, "dir", demo.Dir, "where the data is kept: a folder that nobody else can write to, and no link")
	d.sandbox.anyPort = true
	d.sandbox.register(cmd.Flags(), "sandbox-")
	return cmd
}

type demoFlags struct {
	mode, listen, internal, dir string
	sandbox                     sandboxFlags
	out                         io.Writer
}

// run is the demo, whole. ready, if not nil, is called once it can be pushed to.
func (d demoFlags) run(ctx context.Context, log *zap.Logger, ready func(addresses), metrics ...prometheus.Collector) (err error) {
	if err := d.check(); err != nil {
		return err
	}
	dir, err := datadir.Make(d.dir, 0o711) // Postgres's account has to pass
	if err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	defer dir.Close()
	cred, err := demo.Credentials(dir)
	if err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	cfg := d.config(cred)
	if err := cfg.Check(config.NeedServe); err != nil {
		return err
	}
	if err := d.recreate(dir, cred.Schema, log); err != nil {
		return err
	}
	db, err := openDatabase(ctx, cfg, log.Sugar().Infof)
	if errors.Is(err, localpg.ErrUnreachable) { // as for root, below its home
		log.Warn("the demo's data goes when it ends; --dir names a folder for data to stay", zap.Error(err))
		if cfg.Database.Dir, err = os.MkdirTemp("", "carrierhook-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, localpg.Remove(cfg.Database.Dir)) }()
		if err := os.Chmod(cfg.Database.Dir, 0o711); err != nil {
			return err
		}
		db, err = openDatabase(ctx, cfg, log.Sugar().Infof)
	}
	if err != nil {
		return d.inUse(err)
	}
	defer db.close(log)
	rows := d.rows(cfg, db.url, log)
	if err := rows.reset(ctx); err != nil {
		return err
	}
	versions, err := demo.SchemaVersions()
	if err != nil {
		return err
	}
	cred.Schema = versions[len(versions)-1]
	if err := demo.WriteJSON(dir, demo.FileName, cred); err != nil {
		return err
	}
	b, err := d.sandbox.open(dir)
	if err != nil {
		return err
	}
	defer b.Close()
	cfg.Events.Endpoints = []config.Endpoint{{Name: "sandbox", URL: config.Secret(b.events()), Keys: []config.Secret{config.Secret(receiver.Key())}}}
	b.serveCalls(&cfg.WeChat)
	ctx, end := context.WithCancel(ctx)
	defer end()
	var played sync.WaitGroup
	var lost error // of what runs beside the server
	err = serve(ctx, cfg, db, log, func(a addresses) {
		cred.Mode, cred.URL, cred.Database = d.mode, "http://"+reached(a.public)+handler.Path, db.url
		cred.APIURL, cred.APICA = cfg.WeChat.APIURL, cfg.WeChat.APICA
		played.Go(func() {
			defer end() // without the sandbox the demo is none
			if lost = demo.WriteJSON(dir, demo.FileName, cred); lost != nil {
				return
			}
			lost = b.run(ctx, cred, log, rows, func() {
				d.greet(a, b, cred)
				if ready != nil {
					ready(a)
				}
			})
		})
	}, metrics...)
	end()
	played.Wait()
	return errors.Join(lost, d.taken(err))
}

// recreate removes the database in the demo's own folder where its schema is none that
// our migrations lead through: it could not be migrated, and the samples are put back
// anyway. Without the demo's file the folder may be a server's, whose data stays.
func (d demoFlags) recreate(dir *datadir.Dir, schema string, log *zap.Logger) error {
	versions, err := demo.SchemaVersions()
	if err != nil || slices.Contains(versions, schema) {
		return err
	}
	if _, err := dir.Lstat(demo.FileName); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	log.Warn("the demo's database was made by another version of this program, and is made anew", zap.String("dir", d.dir))
	return d.inUse(localpg.Remove(d.dir))
}

// inUse says of a folder that is in use what uses it.
func (d demoFlags) inUse(err error) error {
	if errors.Is(err, localpg.ErrInUse) {
		err = fmt.Errorf("a demo is running in %s already: %w", d.dir, err)
	}
	return err
}

// taken adds to the error of an address that is in use the flag that names another.
func (d demoFlags) taken(err error) error {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	flag := "--listen"
	if op.Addr.String() == d.internal {
		flag = "--internal-listen"
	}
	return fmt.Errorf("%w; choose another address with %s", err, flag)
}

// check finds what is wrong before there is a database.
func (d demoFlags) check() error {
	err := d.sandbox.check()
	if !d.sandbox.allowRemote {
		err = errors.Join(stayLocal("listen", d.listen), err)
	}
	return err
}

func (d demoFlags) config(cred demo.File) config.Config {
	cfg := demo.Config()
	cfg.Listen, cfg.InternalListen = d.listen, orAnother(d.internal, demo.InternalListen)
	cfg.Database.Dir = d.dir
	cfg.WeChat.Mode, cfg.WeChat.UserName, cfg.WeChat.AppID = d.mode, cred.UserName, cred.AppID
	cfg.WeChat.Token, cfg.WeChat.AESKey = config.Secret(cred.Token), config.Secret(cred.AESKey)
	cfg.Shutdown.Drain = 0
	return cfg
}

// rows migrate before they put the samples back as they are at every start.
func (d demoFlags) rows(cfg config.Config, url string, log *zap.Logger) carrierRows {
	change := func(ctx context.Context, do func(*store.Store) error) error {
		options := storeOptions(cfg, url)
		options.ConnectTimeout = 15 * time.Second
		st, err := store.Open(ctx, options)
		if err != nil {
			return err
		}
		defer st.Close()
		return do(st)
	}
	return carrierRows{
		reset: func(ctx context.Context) error {
			if err := store.Migrate(ctx, url, log.Sugar().Infof); err != nil {
				return err
			}
			return change(ctx, func(st *store.Store) error { return demo.Reset(ctx, st, log) })
		},
		book: func(ctx context.Context, o express.Order) error {
			return change(ctx, func(st *store.Store) error { return demo.Book(ctx, st, o) })
		},
	}
}

// greet says what to type next.
func (d demoFlags) greet(a addresses, b *box, cred demo.File) {
	demo.Greeting{
		Me: self(), Dir: d.dir, Mode: d.mode, URL: cred.URL, Internal: a.internal.String(),
		Moved:   d.internal == demo.InternalListen && a.internal.String() != demo.InternalListen,
		Sandbox: b.addresses(cred),
		Path:    b.pathLine(),
	}.Write(d.out)
}

// self is how a person calls this program. What `go run` built is gone when it
// ends, so its path would be of no use.
func self() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/server"
	}
	return os.Args[0]
}
