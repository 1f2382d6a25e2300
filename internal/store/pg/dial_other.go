//go:build !linux

package pg

import (
	"context"
	"net"
	"time"
)

// dial connects so that a server that has vanished without a word is noticed.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 3 * time.Second, Count: 3},
	}
	return d.DialContext(ctx, network, addr)
}
