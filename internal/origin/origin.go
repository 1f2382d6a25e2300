// Package origin tells what a program sends from what a web page made a browser
// send. A browser on this machine, or in this network, reaches what strangers do
// not, and shows strangers' pages: a page can have its own name lead here, but then
// that is the name which the request was sent to; and it can send simple requests
// to us under our name, but then the browser says where they come from.
//
// It knows nothing of what is asked for, nor of tokens, and imports the standard
// library only.
package origin

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

var (
	// ErrHost refuses a request that was sent to a name which is none of ours.
	ErrHost = errors.New("the host is none that this server is called by")
	// ErrPage refuses a request that another site's page made a browser send.
	ErrPage = errors.New("no web page of another site may send this")
)

// Hosts are what a server is called by: localhost and the loopback addresses in any
// case, and what is said here. A page's own name is never an IP address.
type Hosts struct {
	Names     []string // further host names
	Addresses bool     // any IP address, but those that stand for all of a machine's
}

// Check refuses what a web page made a browser send, with ErrHost or ErrPage. The
// method does not matter: net/http believes that a GET changes nothing, and one of
// WeChat's makes an access token and ends the last.
func (h Hosts) Check(r *http.Request) error {
	if !h.Know(r.Host) {
		return fmt.Errorf("%w: %q", ErrHost, Clip(r.Host))
	}
	unsafe := &http.Request{Method: http.MethodPost, URL: r.URL, Host: r.Host, Header: r.Header}
	if http.NewCrossOriginProtection().Check(unsafe) != nil {
		return ErrPage
	}
	return nil
}

// Know tells whether a Host header names this server.
func (h Hosts) Know(host string) bool {
	host = withoutPort(host)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		// Browsers take 0.0.0.0 for this machine, and say less of where they come from.
		return addr.IsLoopback() || h.Addresses && !addr.Unmap().IsUnspecified()
	}
	return slices.ContainsFunc(h.Names, func(name string) bool { return strings.EqualFold(name, host) })
}

func withoutPort(host string) string {
	if h, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		return h
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return host[1 : len(host)-1]
	}
	return host
}

// maxHost is more than any name needs.
const maxHost = 300

// Clip makes a stranger's Host header short enough for a log.
func Clip(host string) string { return host[:min(len(host), maxHost)] }
