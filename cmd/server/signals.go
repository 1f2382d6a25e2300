package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

// ending is done at SIGINT (Ctrl-C), SIGTERM (systemd, container engines) or SIGQUIT
// (nginx's graceful stop). A further signal changes nothing, but for a second Ctrl-C,
// which ends the program at once.
func ending() context.Context {
	ctx, end := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		<-signals // the others are caught for good, and nobody reads them
		signal.Reset(os.Interrupt)
		end()
	}()
	return ctx
}

// ignored are the signals that would end a program without a word, and that mean
// nothing to a server: a reload, a closed terminal, a log whose reader has gone.
var ignored = []os.Signal{
	syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGVTALRM,
	syscall.SIGIO, syscall.SIGXCPU, syscall.SIGXFSZ,
}

// ofTerminal are those of them for a program that somebody runs in a terminal: it
// ends when that is closed.
var ofTerminal = ignored[1:]

// hungUp is done when ctx is, or the terminal is closed, unless the program was
// started to outlive that, by nohup.
func hungUp(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(ctx)
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}

// ignoreSignals lets a server live on until stop is called.
func ignoreSignals(log *zap.Logger, signals []os.Signal) (stop func()) {
	caught, done := make(chan os.Signal, 16), make(chan struct{})
	signal.Notify(caught, signals...)
	go func() {
		for {
			select {
			case s := <-caught:
				if s != syscall.SIGPIPE { // of the log's own
					log.Warn("signal ignored", zap.Stringer("signal", s))
				}
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) } // the signals stay caught: the program is at its end
}

// inTerminal does what somebody runs in a terminal: nobody has to read its log, nor what
// else it says, and it ends when the terminal is closed.
func inTerminal(cmd *cobra.Command, do func(ctx context.Context, log *zap.Logger, out io.Writer, lost prometheus.Collector) error) error {
	out, lines := newLogQueue(cmd.OutOrStdout()), newLogQueue(cmd.ErrOrStderr())
	defer out.close()
	defer lines.close()
	log, err := newLogger(lines, "info")
	if err != nil {
		return err
	}
	defer ignoreSignals(log, ofTerminal)()
	ctx, stop := hungUp(cmd.Context())
	defer stop()
	return do(ctx, log, out, lines.collector())
}
