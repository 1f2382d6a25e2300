package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"

	"carrierhook/internal/handler"

	"go.uber.org/zap"
)

// listener is an http.Server at work.
type listener struct {
	*http.Server
	addr   net.Addr
	failed chan error
}

// listen serves at addr; max bounds the connections, 0: any number.
func listen(addr, key string, max int, h http.Handler, log *zap.Logger) (*listener, error) {
	ln, err := handler.Listen(addr, max)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	l := &listener{Server: handler.NewServer(h, log), addr: ln.Addr(), failed: make(chan error, 1)}
	go func() {
		if err := l.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.failed <- fmt.Errorf("%s: %w", key, err)
		}
	}()
	return l, nil
}
