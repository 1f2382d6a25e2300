package storetest

import (
	"bytes"
	"context"
	"iter"
	"net"
	"slices"

	"sync/atomic"
	"time"
)

// Proxy is a network to Postgres that is slow, or sends statements of its own in
// between.
type Proxy struct {
	Delay atomic.Int64 // nanoseconds, each way
	Hands atomic.Int64 // round trips that making a connection takes before Postgres hears of it; 0: one
	Dials atomic.Int64 // connections that were made
	Drips atomic.Bool  // each byte of an answer takes 10 ms

	// Say gives SQL that is run before what is sent on connection nr; empty: none.
	Say atomic.Pointer[func(nr int64, sent []byte) string]
}

// Dial gives one end of a pipe. The other end is carried to Postgres and back.
func (p *Proxy) Dial(ctx context.Context, kind, addr string) (net.Conn, error) {
	nr := p.Dials.Add(1)
	select {
	case <-time.After(time.Duration(max(1, p.Hands.Load()) * 2 * p.Delay.Load())):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	server, err := new(net.Dialer).DialContext(ctx, kind, addr)
	if err != nil {
		return nil, err
	}
	client, far := net.Pipe()
	w := &way{proxy: p, nr: nr, client: far, answered: make(chan bool)}
	go w.carry(far, server, w.interrupt)
	go w.carry(server, far, w.swallow)
	return client, nil
}

type way struct {
	proxy      *Proxy
	nr         int64
	client     net.Conn
	swallowing atomic.Bool
	buf        []byte
	answered   chan bool
}

type parcel struct {
	due  time.Time
	data []byte
}

// carry brings what it reads to the other side, each when its time has come.
func (w *way) carry(from, to net.Conn, handle func([]byte, net.Conn) []byte) {
	parcels := make(chan parcel, 10_000)
	go func() {
		defer to.Close()
		for p := range parcels {
			time.Sleep(time.Until(p.due))
			for _, data := range w.drops(handle(p.data, to), to) {
				if _, err := to.Write(data); err != nil {
					from.Close()
					break
				}
			}
		}
	}()
	defer close(parcels)
	for {
		buf := make([]byte, 64<<10)
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		parcels <- parcel{time.Now().Add(time.Duration(w.proxy.Delay.Load())), buf[:n]}
	}
}

// drops are the pieces in which something is brought.
func (w *way) drops(data []byte, to net.Conn) iter.Seq2[int, []byte] {
	size := max(1, len(data))
	if to == w.client && w.proxy.Drips.Load() {
		size = 1
	}
	return func(yield func(int, []byte) bool) {
		i := 0
		for drop := range slices.Chunk(data, size) {
			if size == 1 {
				time.Sleep(10 * time.Millisecond)
			}
			if !yield(i, drop) {
				return
			}
			i++
		}
	}
}

// interrupt says what is to be said to a server that has answered everything, and
// waits until it has heard it.
func (w *way) interrupt(sent []byte, to net.Conn) []byte {
	say := w.proxy.Say.Load()
	if say == nil || sent[0] != 'P' && sent[0] != 'B' {
		return sent
	}
	sql := (*say)(w.nr, sent)
	if sql == "" {
		return sent
	}
	size := 4 + len(sql) + 1
	w.swallowing.Store(true)
	if _, err := to.Write(append([]byte{'Q', byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}, sql+"\x00"...)); err == nil {
		<-w.answered
	}
	return sent
}

// swallow keeps the answer to that, up to ReadyForQuery, from the client.
func (w *way) swallow(data []byte, _ net.Conn) []byte {
	if !w.swallowing.Load() {
		return data
	}
	w.buf = append(w.buf, data...)
	if n := len(w.buf); n >= 6 && bytes.Equal(w.buf[n-6:n-1], []byte{'Z', 0, 0, 0, 5}) {
		w.buf = nil
		w.swallowing.Store(false)
		w.answered <- true
	}
	return nil
}

// Once says something once on each connection up to a number.
func (p *Proxy) Once(last int64, say func([]byte) string) {
	said := map[int64]bool{}
	p.Always(func(nr int64, sent []byte) string {
		if nr > last || said[nr] {
			return ""
		}
		sql := say(sent)
		said[nr] = sql != ""
		return sql
	})
}

// Always says something on every connection.
func (p *Proxy) Always(say func(int64, []byte) string) {
	mu := make(chan bool, 1)
	locked := func(nr int64, sent []byte) string {
		mu <- true
		defer func() { <-mu }()
		return say(nr, sent)
	}
	p.Say.Store(&locked)
}

// BeforeCommit does something once, while a transaction is between its statements and its
// COMMIT, which can be read in query mode exec.
func (p *Proxy) BeforeCommit(do func()) {
	done := false
	p.Always(func(_ int64, sent []byte) string {
		// The COMMIT of a new connection comes with what it asks about.
		if !done && bytes.Contains(sent, []byte("COMMIT\x00")) && !bytes.Contains(sent, []byte("SKIP LOCKED")) {
			done = true
			do()
		}
		return ""
	})
}
