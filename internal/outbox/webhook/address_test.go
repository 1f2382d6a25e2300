package webhook

import (
	"errors"
	"testing"
)

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]error{
		"127.0.0.1:443":               nil,
		"10.1.2.3:443":                nil,
		"[::1]:443":                   nil,
		"[fd00::1]:443":               nil,
		"203.0.113.7:443":             nil,
		"[2001:db8::1]:443":           nil,
		"169.254.169.254:443":         errAddress,
		"[fe80::1]:443":               errAddress,
		"[fe80::1%eth0]:443":          errAddress,
		"[::ffff:169.254.169.254]:80": errAddress,
		"[64:ff9b::a9fe:a9fe]:443":    errAddress,
		"[64:ff9b::a9fe:a9fe%1]:443":  errAddress,
		"[fd00:ec2::254]:443":         errAddress,
		"[fd00:ec2::254%eth0]:80":     errAddress,
		"0.0.0.0:443":                 errAddress,
		"[::]:443":                    errAddress,
		"224.0.0.1:443":               errAddress,
		"[ff02::1]:443":               errAddress,
		"255.255.255.255:443":         errAddress,
	} {
		if err := checkAddress(true)("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	for address, want := range map[string]error{
		"127.0.0.1:80": nil, "192.168.1.1:80": nil, "[fd00::1]:80": nil, "203.0.113.7:80": errPublicURL, "169.254.1.1:80": errAddress,
	} {
		if err := checkAddress(false)("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("without TLS %s: %v, want %v", address, err, want)
		}
	}
}
