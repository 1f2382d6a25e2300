package outbox

import (
	"errors"
	"net/netip"
	"syscall"
)

var (
	errAddress   = errors.New("the name leads to an address that webhooks must not be sent to: link-local, multicast or unspecified")
	errPublicURL = errors.New("http:// leads out of the private network: use https://")
)

// nat64 is where addresses of the fourth version are part of those of the sixth.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// checkAddress is what comes after a name was resolved and before its connection is made.
// Without TLS only the private network is good enough.
func checkAddress(tls bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		ip := to.Addr().Unmap()
		if nat64.Contains(ip) {
			b := ip.As16()
			ip = netip.AddrFrom4([4]byte(b[12:]))
		}
		if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			return errAddress
		}
		if !tls && !ip.IsLoopback() && !ip.IsPrivate() {
			return errPublicURL
		}
		return nil
	}
}
