package pg

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
)

func (b *connectBackoff) end(err error) {
	b.TraceConnectEnd(context.Background(), pgx.TraceConnectEndData{Err: err})
}

// While no connection can be made, there is one try at a time, and at last about one a
// second; once a try works, all may.
func TestConnectBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, gone := &connectBackoff{}, errors.New("there is no primary")
		for range 3 {
			if err := b.allow(t.Context(), nil); err != nil {
				t.Error(err)
			}
		}
		b.end(gone)
		tries := 0
		for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(time.Millisecond) {
			if b.allow(t.Context(), nil) != nil {
				continue
			}
			tries++
			if err := b.allow(t.Context(), nil); !errors.Is(err, gone) {
				t.Fatalf("two try at a time, or nobody knows why not: %v", err)
			}
			b.end(gone)
		}
		if tries < 60 || tries > 120+7 {
			t.Errorf("%d tries in a minute", tries)
		}
		time.Sleep(connectPause)
		if err := b.allow(t.Context(), nil); err != nil {
			t.Errorf("after a pause: %v", err)
		}
		b.end(nil)
		for range 3 {
			if err := b.allow(t.Context(), nil); err != nil {
				t.Error(err)
			}
		}
	})
}

// One that fails after its push has given up counts like another.
func TestConnectBackoffBehind(t *testing.T) {
	t.Parallel()
	let, dialling := make(chan bool), make(chan bool)
	p, err := Open(t.Context(), Options{URL: "postgres://nobody@127.0.0.1/none?sslmode=disable", MaxConns: 1,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			close(dialling)
			<-let
			return nil, errors.New("there is no network")
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, giveUp := context.WithCancel(t.Context())
	go func() {
		<-dialling
		giveUp()
	}()
	if _, err := p.Acquire(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(let)
	b := p.Config().ConnConfig.Tracer.(*connectBackoff)
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		b.mu.Lock()
		fails := b.fails
		b.mu.Unlock()
		if fails == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d failures", fails)
		}
	}
}
