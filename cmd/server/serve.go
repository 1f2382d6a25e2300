package main

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/handler/api"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Answer WeChat's pushes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, warnings, err := loadConfig(cmd, config.NeedServe)
			if err != nil {
				return err
			}
			lines := newLogQueue(cmd.OutOrStdout())
			defer lines.close()
			log, err := newLogger(lines, cfg.Log.Level)
			if err != nil {
				return err
			}
			defer ignoreSignals(log, ignored)()
			collectLess()
			for _, w := range warnings {
				log.Warn("configuration warning: "+w.Kind, zap.String("why", w.Text))
			}
			return run(cmd.Context(), cfg, log, nil, lines.collector())
		},
	}
}

// collectLess lets the heap grow further between two collections: what lives is
// a few MiB, and what each push leaves behind is many times that. With many
// connections more lives, and memory is what counts. GOGC and GOMEMLIMIT say
// otherwise if they are set.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(500)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(192 << 20)
	}
}

// addresses are where a running server is reached.
type addresses struct{ public, internal net.Addr }

// run serves until ctx is done, then drains and lets the requests under way
// finish. ready, if not nil, is called with the addresses once both listeners accept
// connections. metrics are shown with the server's own.
func run(ctx context.Context, cfg config.Config, log *zap.Logger, ready func(addresses), metrics ...prometheus.Collector) error {
	log.Info("start", startFields(cfg)...)
	db, err := openDatabase(ctx, cfg, log.Sugar().Infof)
	if err != nil {
		return err
	}
	defer db.close(log)
	if db.embedded != nil {
		if err := store.Migrate(ctx, db.url, log.Sugar().Infof); err != nil {
			return err
		}
	}
	return serve(ctx, cfg, db, log, ready, metrics...)
}

// serve is run with a database that is there.
func serve(ctx context.Context, cfg config.Config, db *database, log *zap.Logger, ready func(addresses), metrics ...prometheus.Collector) error {
	st, err := store.Open(ctx, storeOptions(cfg, db.url))
	if err != nil {
		return err
	}
	defer st.Close()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(st.Collectors()...)
	registry.MustRegister(metrics...)
	registry.MustRegister(buildInfo())
	health := &handler.Health{Ping: st.Ping, Strict: cfg.Health.Strict, Changed: func(err error) {
		if err != nil {
			log.Warn("degraded", zap.Error(err))
			return
		}
		log.Info("ready again")
	}}
	work := newMaintenance(cfg, st, health, log)
	registry.MustRegister(work.Collectors()...)
	push, err := newPush(cfg, st, log, registry)
	if err != nil {
		return err
	}

	out, err := newOutbox(cfg, st, log, registry)
	if err != nil {
		return err
	}
	carrierAPI, err := newAPI(cfg, st, out, log, registry)
	if err != nil {
		return err
	}

	delivering, stopEvents := context.WithCancel(context.WithoutCancel(ctx)) // until the last push is answered
	defer runEvents(delivering, cfg, st, out, log)()                         // before anything can be decided
	defer stopEvents()
	background, stop := context.WithCancel(ctx)
	defer stop()
	o := handler.ListenOptions{Name: handler.PublicListener, Max: cfg.MaxConnections, Log: log, Metrics: handler.NewListenerMetrics(registry)}
	public, err := listen(cfg.Listen, "listen", o, handler.Public(push, health))
	if err != nil {
		return err
	}
	defer public.Close()
	o.Name, o.Max = handler.InternalListener, internalConnections
	internal, err := listen(cfg.InternalListen, "internal_listen", o, handler.Internal(log, registry, cfg.InternalHosts, health, carrierAPI.Mount))
	if err != nil {
		return err
	}
	defer internal.Close()
	log.Info("listening", zap.Stringer("public", public.addr), zap.Stringer("internal", internal.addr))
	if ready != nil {
		ready(addresses{public.addr, internal.addr})
	}

	kept := make(chan error, 1)
	go func() { kept <- work.Run(background) }()
	select {
	case <-ctx.Done():
	case err = <-public.failed:
	case err = <-internal.failed:
	case err = <-kept:
		kept <- nil
	case <-db.done():
		err = db.err()
	}
	stop()
	err = errors.Join(err, leave(cfg, err == nil, health, carrierAPI, public, internal, log))
	<-kept
	return err
}

// leave says that the server is going, serves on until the load balancer has
// noticed, and finishes what is under way. After a failure there is nothing to
// wait for.
func leave(cfg config.Config, orderly bool, health *handler.Health, carrierAPI *api.API, public, internal *listener, log *zap.Logger) error {
	health.Drain()
	if orderly {
		log.Info("draining", zap.Duration("for", cfg.Shutdown.Drain))
		time.Sleep(cfg.Shutdown.Drain)
	}
	carrierAPI.EndWaits()
	ctx, cancel := context.WithTimeout(context.Background(), max(cfg.WeChat.Deadline, api.Deadline)+time.Second)
	defer cancel()
	var work sync.WaitGroup // both at once: the second would go on accepting while the first waits
	var publicErr, internalErr error
	work.Go(func() { publicErr = public.Shutdown(ctx) })
	work.Go(func() { internalErr = internal.Shutdown(ctx) })
	work.Wait()
	err := errors.Join(publicErr, internalErr)
	log.Info("stopped", zap.Error(err))
	return err
}

// internalConnections is how many connections the internal listener has open at most,
// besides those whose requests are worked on. It is several times what one token's
// requests may wait on.
const internalConnections = 1024
