package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/demo"
)

// What cannot be is said before anything starts; an address that is taken is
// named with what to do, and the demo takes another in place of the usual one.
func TestSandboxFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := opened(t, filepath.Join(dir, demo.Dir))
	cred, err := demo.Credentials(data)
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer ln.Close()
	cred.Mode, cred.URL = "secure", "http://"+ln.Addr().String()+"/wechat/push"
	must(t, demo.WriteJSON(data, demo.FileName, cred))
	// Taken too, so that nothing comes to be open to others if nothing refuses it.
	wide := fmt.Sprint("0.0.0.0:", ln.Addr().(*net.TCPAddr).Port)
	c, ports := cli{tb: t, dir: dir}, []string{"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}
	for part, args := range map[string][]string{
		"is not a fault":           append(ports, "--fault", "nonsense"),
		"format":                   append(ports, "--format", "yaml"),
		"patience":                 append(ports, "--patience", "0s"),
		"with --listen":            {"--listen", ln.Addr().String(), "--control", "127.0.0.1:0"},
		"with --control":           {"--listen", "127.0.0.1:0", "--control", ln.Addr().String()},
		"no demo is running":       append(ports, "--dir", "nowhere"),
		"an account is":            append(ports, "--account", "secretwithoutcolon"),
		"WeChat's own carrier":     append(ports, "--delivery-id", "TEST"),
		"unknown flag":             {"--production"},
		"the token is empty":       append(ports, "--carrier", "http://127.0.0.1:1/"),
		"is neither prefix:digits": append(ports, "--numbers", "12"),
		"is no number of digits":   append(ports, "--numbers", "1:x"),
		"is no number to begin":    append(ports, "--numbers", "1:8:x"),
		"does not fit":             append(ports, "--numbers", "1:2:100"),
		"cannot be committed here": append(ports, "--mode", "plain", "--fault", "bad_padding"),
		"--listen " + wide + " can be reached from other machines":  {"--listen", wide, "--control", "127.0.0.1:0"},
		"--control " + wide + " can be reached from other machines": {"--listen", "127.0.0.1:0", "--control", wide},
		"--allow-host: \"10.0.0.1\" is no host name":                append(ports, "--allow-host", "fine", "--allow-host", "10.0.0.1"),
		"--allow-host: \"sandbox:8090\" is no host name":            append(ports, "--allow-host", "sandbox:8090"),
	} {
		if text := c.refuses(part, append([]string{"sandbox"}, args...)...); strings.Contains(text, "secretwithoutcolon") {
			t.Errorf("%v shows a secret", args)
		}
	}
	for part, args := range map[string][]string{
		"--listen " + wide + " can be reached from other machines":          {"--listen", wide},
		"--sandbox-listen " + wide + " can be reached from other machines":  {"--sandbox-listen", wide},
		"--sandbox-control " + wide + " can be reached from other machines": {"--sandbox-control", wide},
		"internal_listen (" + wide + ") can be reached":                     {"--allow-remote", "--internal-listen", wide},
		"--sandbox-allow-host": {"--sandbox-allow-host", "*"},
	} {
		c.refuses(part, append([]string{"demo", "--dir", "new"}, args...)...)
	}
}

// A usual address is replaced where it is taken, and one that was named on purpose
// never is.
func TestOrAnother(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer ln.Close()
	taken := ln.Addr().String()
	for _, tc := range [][3]string{{taken, taken, "127.0.0.1:0"}, {taken, "127.0.0.1:1", taken}, {"localhost:0", "localhost:0", "localhost:0"}} {
		if got := orAnother(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%s, usually %s: got %s, want %s", tc[0], tc[1], got, tc[2])
		}
	}
}
