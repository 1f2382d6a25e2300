package main

import (
	"net"
	"testing"

	"carrierhook/internal/wechat"
)

// Who leaves takes nothing more at either door, and finishes what is under way: a
// push that is still worked on keeps nobody else being taken in whose answer would
// be cut.
func TestLeaveAtBothDoors(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	tx := lockSample(t, url)
	defer tx.Rollback(t.Context()) // before the program's end waits for the push
	p := start(t, testConfig(url, wechat.Secure))
	p.waitReady(t)
	w := p.wechat(t, wechat.Secure, wechat.XML)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		want(t, w, sampleCancel(0), 0)
	}()
	p.underWay(t)
	left := make(chan error, 1)
	go func() { left <- p.stop() }()
	p.log.wait(t, `"msg":"draining"`)
	for _, door := range []net.Addr{p.public, p.internal} {
		eventually(t, door.String()+" takes nothing in", func() bool {
			c, err := net.Dial("tcp", door.String())
			if err != nil {
				return true
			}
			c.Close()
			return false
		})
	}
	select {
	case <-answered:
		t.Error("the push was answered before both doors were shut")
	default:
	}
	must(t, tx.Rollback(t.Context()))
	<-answered
	if err := <-left; err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

// underWay waits until a push is.
func (p *program) underWay(t *testing.T) {
	t.Helper()
	eventually(t, "a push is under way", func() bool { return p.metric(t, "carrierhook_in_flight_pushes") == 1 })
}
