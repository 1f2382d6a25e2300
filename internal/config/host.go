package config

import (
	"errors"
	"net/netip"
	"regexp"
)

var (
	hostForm = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$`)

	// ErrHostForm says what a host name is.
	ErrHostForm = errors.New("is no host name alone (letters, digits, dots, - and _; no port, no pattern and no IP address)")
)

// CheckHost tells whether a name can be in a Host header, besides a port. The error
// is ErrHostForm.
func CheckHost(name string) error {
	if _, err := netip.ParseAddr(name); err == nil || !hostForm.MatchString(name) {
		return ErrHostForm
	}
	return nil
}

func (c Config) checkHosts(f *faults) {
	for i, name := range c.InternalHosts {
		if err := CheckHost(name); err != nil {
			f.keyf("internal_hosts", "entry %d, %q, %w; write the name that Prometheus has as its target", i+1, name, err)
		}
	}
}
