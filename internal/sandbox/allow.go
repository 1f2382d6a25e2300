package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
)

// allowList has the addresses from which carriers may call; none is any.
type allowList struct {
	mu       sync.Mutex
	prefixes []netip.Prefix
}

func (l *allowList) set(prefixes []netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prefixes = prefixes
}

func (l *allowList) get() []netip.Prefix {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.prefixes)
}

// check refuses a caller that is not in the list.
func (l *allowList) check(r *http.Request) *Failure {
	list, from := l.get(), callerOf(r)
	addr, err := netip.ParseAddr(from)
	if len(list) == 0 || err == nil && slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return nil
	}
	return Fail(notAllowed(from), "")
}

// callerOf is the address of a request's sender.
func callerOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().WithZone("").String()
	}
	return host
}

type allowAnswer struct {
	Addresses []string `json:"addresses"`
}

func (a *API) showAllowed(*http.Request) (any, error) {
	answer := allowAnswer{[]string{}}
	for _, p := range a.allowed.get() {
		text := p.String()
		if p.IsSingleIP() {
			text = p.Addr().String()
		}
		answer.Addresses = append(answer.Addresses, text)
	}
	return answer, nil
}

func (a *API) putAllowed(r *http.Request) (any, error) {
	var want allowAnswer
	if err := ReadControl(r, &want); err != nil {
		return nil, err
	}
	var list []netip.Prefix
	for _, text := range want.Addresses {
		p, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); single == nil {
			p, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no address and no network", text)
		}
		list = append(list, p)
	}
	a.allowed.set(list)
	return a.showAllowed(r)
}

func (a *API) deleteAllowed(r *http.Request) (any, error) {
	a.allowed.set(nil)
	return a.showAllowed(r)
}
