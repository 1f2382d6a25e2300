package egress

import (
	"errors"
	"net/netip"
	"syscall"
)

// Why no connection is made.
var (
	ErrAddress   = errors.New("the name leads to an address that nothing must be sent to: link-local, multicast, unspecified, or of a cloud's metadata")
	ErrPublicURL = errors.New("http:// leads out of the private network: use https://")
)

var (
	// nat64 is where addresses of the fourth version are part of those of the sixth.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")

	// metadata gives out a machine's credentials at AWS, as 169.254.169.254 does.
	metadata = netip.MustParseAddr("fd00:ec2::254")

	broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// CheckAddress is what comes after a name was resolved and before its connection is made.
// Without TLS only the private network is good enough.
func CheckAddress(tls bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		ip := to.Addr().WithZone("").Unmap() // no prefix contains one with a zone
		if nat64.Contains(ip) {
			b := ip.As16()
			ip = netip.AddrFrom4([4]byte(b[12:]))
		}
		if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip == broadcast || ip == metadata {
			return ErrAddress
		}
		if !tls && !ip.IsLoopback() && !ip.IsPrivate() {
			return ErrPublicURL
		}
		return nil
	}
}
