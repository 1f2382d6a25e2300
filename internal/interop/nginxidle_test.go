//go:build interop

package interop

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	stranger = "127.0.0.2"
	wechat   = "127.0.0.3"
)

// thrice is one server for all three that the document's configuration has.
func thrice(s *replica) []string {
	return []string{host(s.public), host(s.public), host(s.public)}
}

// throughNginx calls nginx from an address.
func throughNginx(t *testing.T, n nginx, source string) plainPlatform {
	return through(t, n.dir, from(source, n.address))
}

// 1,700 connections of one address that have begun something and go no further, of
// which no time-out comes yet, shut nobody out: pushes are answered meanwhile, and
// hundreds of one address at once.
func TestInteropNginxIdle(t *testing.T) {
	database := stocked(t)
	s := startReplica(t, database)
	n := startNginx(t, thrice(s),
		[2]string{"client_header_timeout 5s;", "client_header_timeout 1h;"}, [2]string{"client_body_timeout   5s;", "client_body_timeout 1h;"})
	i := idler{t, from(stranger, n.address), trusting(t, n.dir)}
	idle := i.open(600, handshake)
	idle = append(idle, i.open(600, halfHeader)...)
	idle = append(idle, i.open(500, halfBody)...)
	w := throughNginx(t, n, wechat)
	for parcel := range 12 {
		w.cancelled(parcel)
	}
	release := locked(t, database, 20)
	answers := make([]answer, 300)
	var work sync.WaitGroup
	for k := range answers {
		work.Go(func() { answers[k] = w.cancel(20) })
	}
	work.Wait()
	release()
	for _, a := range answers {
		if a.err != nil || a.status != 200 {
			t.Fatalf("a push among %d is told %+v", len(answers), a)
		}
	}
	if open := stillOpen(idle); open != len(idle) {
		t.Errorf("%d of %d connections were open all the time", open, len(idle))
	}
}

// Whatever a connection stays at, nginx closes it in time, also one that goes on with its
// header, or with a body that was refused, a byte at a time; and no server hears of it.
func TestInteropNginxSlow(t *testing.T) {
	s := startReplica(t, stocked(t))
	n := startNginx(t, thrice(s),
		[2]string{"client_header_timeout 5s;", "client_header_timeout 1s;"}, [2]string{"client_body_timeout   5s;", "client_body_timeout 1s;"},
		[2]string{"send_timeout          5s;", "send_timeout 1s;"}, [2]string{"keepalive_timeout     15s;", "keepalive_timeout 1s;"},
		[2]string{"lingering_time        5s;", "lingering_time 1s; lingering_timeout 1h;"})
	i := idler{t, from(stranger, n.address), trusting(t, n.dir)}
	const each = 20
	at := map[string][]net.Conn{}
	for _, step := range []string{silent, handshake, secured, halfHeader, halfBody} {
		at[step] = i.open(each, step)
	}
	at["answered"] = i.answered(each, 404, "GET / HTTP/1.1\r\nHost: hook.example.com\r\n\r\n")
	at["refused"] = i.answered(each, 413, "POST "+pushPath+" HTTP/1.1\r\nHost: hook.example.com\r\nContent-Length: 999999\r\n\r\n{") // its body is still to come
	dripped := drip(append(slices.Clone(at[halfHeader]), at["refused"]...))
	for step, conns := range at {
		closedBy(t, step, conns)
	}
	dripped()
	log := n.log(t, 3*each) // without the ones whose header did not begin
	if got := len(regexp.MustCompile(`POST `+pushPath+` (408|413) .* to=- said=- `).FindAllString(log, -1)); got != 3*each {
		t.Errorf("%d of %d slow or refused requests ended at nginx:\n%s", got, 3*each, log)
	}
	throughNginx(t, n, wechat).cancelled(0)
}

// One address has so many requests under way and no more: the others are refused at
// once, and other addresses are not. Connections whose header has not come are not
// counted, as the document says.
func TestInteropNginxOneAddress(t *testing.T) {
	s := startReplica(t, stocked(t))
	n := startNginx(t, thrice(s), [2]string{"limit_conn carrierhook_address 4096;", "limit_conn carrierhook_address 8;"},
		[2]string{"client_header_timeout 5s;", "client_header_timeout 1h;"}, [2]string{"client_body_timeout   5s;", "client_body_timeout 1h;"})
	i := idler{t, from(stranger, n.address), trusting(t, n.dir)}
	idle := i.open(20, halfHeader)
	slow := i.open(20, halfBody)
	n.until("refusal of the others", func() bool { return strings.Count(n.log(t, 0), "POST "+pushPath+" 503 ") == 12 })
	if open := stillOpen(slow); open != 8 {
		t.Errorf("%d slow bodies are under way, want 8", open)
	}
	if open := stillOpen(idle); open != len(idle) {
		t.Errorf("%d of %d connections that have said half a header are open", open, len(idle))
	}
	if a := throughNginx(t, n, stranger).cancel(0); a.status != 503 {
		t.Errorf("the address has a push more: %+v", a)
	}
	throughNginx(t, n, wechat).cancelled(0)
	for _, c := range slow {
		_ = c.Close()
	}
	n.until("push of the address that let go", func() bool { return throughNginx(t, n, stranger).cancel(1).status == 200 })
}
