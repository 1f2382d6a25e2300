package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"

	"carrierhook/internal/handler"
)

// listener is an http.Server at work.
type listener struct {
	*http.Server
	addr   net.Addr
	failed chan error
}

// listen serves at addr, which is the setting key.
func listen(addr, key string, o handler.ListenOptions, h http.Handler) (*listener, error) {
	ln, err := handler.Listen(addr, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	l := &listener{Server: handler.NewServer(h, o.Log), addr: ln.Addr(), failed: make(chan error, 1)}
	go func() {
		if err := l.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.failed <- fmt.Errorf("%s: %w", key, err)
		}
	}()
	return l, nil
}
