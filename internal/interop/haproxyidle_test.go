//go:build interop

package interop

import (
	"net"
	"testing"
)

// from calls HAProxy from an address.
func (h haproxy) from(t *testing.T, source string) plainPlatform {
	return through(t, h.dir, from(source, h.address))
}

// Connections of one address that say nothing, or have begun something and go no
// further, are fewer than there are, and shut nobody else out; the ones beyond that are
// refused.
func TestInteropHAProxyIdle(t *testing.T) {
	database := stocked(t)
	a, b := startReplica(t, database, "HEALTH_STRICT=true"), startReplica(t, database, "HEALTH_STRICT=true")
	h := startHAProxyWith(t, a, b, change{"timeout client          5s", "timeout client 1h", 1}, change{"timeout http-request    5s", "timeout http-request 1h", 1})
	i := idler{t, from(stranger, h.address), trusting(t, h.dir)}
	const limit = 4096
	idle := i.open(300, halfHeader)
	idle = append(idle, i.open(300, halfBody)...)
	idle = append(idle, i.open(limit+400-len(idle), silent)...)
	w := h.from(t, wechat)
	for parcel := range 12 {
		w.cancelled(parcel)
	}
	open := 0
	h.until("refusal of the others", func() bool {
		open = stillOpen(idle)
		return open <= limit
	})
	if open != limit {
		t.Errorf("%d connections of one address are open, want %d", open, limit)
	}
}

// Whatever a connection stays at, HAProxy closes it in time.
func TestInteropHAProxySlow(t *testing.T) {
	database := stocked(t)
	a, b := startReplica(t, database, "HEALTH_STRICT=true"), startReplica(t, database, "HEALTH_STRICT=true")
	h := startHAProxyWith(t, a, b, change{"timeout client          5s", "timeout client 1s", 1}, change{"timeout http-request    5s", "timeout http-request 1s", 1})
	i := idler{t, from(stranger, h.address), trusting(t, h.dir)}
	const each = 20
	at := map[string][]net.Conn{}
	for _, step := range []string{silent, handshake, secured, halfHeader, halfBody} {
		at[step] = i.open(each, step)
	}
	at["answered"] = i.answered(each, 404, "GET / HTTP/1.1\r\nHost: hook.example.com\r\n\r\n")
	dripped := drip(append(append([]net.Conn(nil), at[halfHeader]...), at[halfBody]...))
	for step, conns := range at {
		closedBy(t, step, conns)
	}
	dripped()
	h.from(t, wechat).cancelled(0)
}
