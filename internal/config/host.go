package config

import (
	"errors"
	"net/netip"
	"regexp"
)

var (
	hostPattern = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$`)

	// ErrHostFormat says what a host name is.
	ErrHostFormat = errors.New("is no host name alone (letters, digits, dots, - and _; no port, no pattern and no IP address)")
)

// CheckHost tells whether a name can be in a Host header, besides a port. The error
// is ErrHostFormat.
func CheckHost(name string) error {
	if _, err := netip.ParseAddr(name); err == nil || !hostPattern.MatchString(name) {
		return ErrHostFormat
	}
	return nil
}

func (c Config) checkHosts(f *problems) {
	for i, name := range c.InternalHosts {
		if err := CheckHost(name); err != nil {
			f.keyf("internal_hosts", "entry %d, %q, %w; write the name that Prometheus has as its target", i+1, name, err)
		}
	}
}
