package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

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
