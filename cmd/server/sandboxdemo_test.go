package main

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/demo"
)

// The lines of a sandbox cancel WeChat's sample order, book a new one, ask what is left
// and cancel it: they do as printed at the demo's, one after the other, and again after
// a reset. A second sandbox can run beside it, which prints such lines.
func TestDemoSandbox(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	cmd := process(dir, nil, "demo", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--sandbox-control", "127.0.0.1:0",
		"--sandbox-patience", "2m")
	out := new(output)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	out.wait(t, "docs/demo.md")
	merchant, err := net.ResolveTCPAddr("tcp", regexp.MustCompile(`Merchants: http://(\S+)`).FindStringSubmatch(out.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	(&box{
		flags:    sandboxFlags{deliveryID: demo.DeliveryID, instantDeliveryID: demo.InstantDeliveryID},
		merchant: at{addr: *merchant}, control: at{addr: *merchant}, newOrderID: newOrderID, newDelivery: newDelivery,
	}).greet(&lines, demo.File{})
	first := []string{"0", "0", "quota 209", "0", "0", "0", "0"}
	pasted(t, lines.String(), first...)
	pasted(t, lines.String(), "9300524", "9300522", "quota 210", "930561", "930562", "930561", "resultcode 1033") // no answer, no number
	control := regexp.MustCompile(`Control: (http://\S+)`).FindStringSubmatch(out.String())[1]
	if says, _ := callSandbox(t, http.MethodPost, control+"/reset", ""); !strings.Contains(says, "reset") {
		t.Errorf("reset: %s", says)
	}
	pasted(t, lines.String(), first...)
	cancelled := time.Now().Unix()
	if !strings.Contains(out.String(), "NOT FOR PRODUCTION") {
		t.Error("the demo does not say what the sandbox is not for")
	}

	beside := process(dir, nil, "sandbox", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--fault", "hang_up", "--format", "json", "--patience", "2m")
	other := new(output)
	beside.Stdout, beside.Stderr = other, other
	if err := beside.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Process.Kill() })
	other.wait(t, `"'"$NUMBER"'"}'`)
	// This platform does not know of the cancel. Its push must not have the
	// CreateTime of the other's, or it would be that push repeated.
	for time.Now().Unix() <= cancelled {
		time.Sleep(10 * time.Millisecond)
	}
	pasted(t, other.String(), "9300501 30003", "0", "quota 209", "0", "0", "0", "0")
	if !strings.HasPrefix(strings.TrimSpace(other.String()), "WeChat's sandbox. NOT FOR PRODUCTION") {
		t.Errorf("the sandbox does not begin by saying what it is not for:\n%s", other)
	}
	for _, c := range []*exec.Cmd{beside, cmd} {
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("exit: %v", err)
		}
	}
	noSecrets(t, other.String())
}

// pasted runs the lines that a sandbox has printed, in a shell of its own, and
// compares what they say.
func pasted(t *testing.T, text string, want ...string) {
	t.Helper()
	var got []string
	sh := &shell{tb: t, vars: map[string]string{}, onAnswer: func(_, says string) { got = append(got, answered(t, says)) }}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "curl ") || assignment.MatchString(line) {
			sh.do(line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the printed lines say %q, want %q", got, want)
	}
}

// What cannot be is said before anything starts; an address that is taken is
// named with what to do, and the demo takes another in place of the usual one.
func TestSandboxFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := opened(t, filepath.Join(dir, demo.Dir))
	cred, err := demo.Credentials(data)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	cred.Mode, cred.URL = "secure", "http://"+ln.Addr().String()+"/wechat/push"
	if err := demo.WriteJSON(data, demo.FileName, cred); err != nil {
		t.Fatal(err)
	}
	// Taken too, so that nothing comes to be open to others if nothing refuses it.
	wide := fmt.Sprint("0.0.0.0:", ln.Addr().(*net.TCPAddr).Port)
	ports := []string{"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}
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
		if text, err := runs(t, dir, nil, append([]string{"sandbox"}, args...)...); err == nil || !strings.Contains(text, part) || strings.Contains(text, "secretwithoutcolon") {
			t.Errorf("%v: want %q, got %v\n%s", args, part, err, text)
		}
	}
	for part, args := range map[string][]string{
		"--listen " + wide + " can be reached from other machines":          {"--listen", wide},
		"--sandbox-listen " + wide + " can be reached from other machines":  {"--sandbox-listen", wide},
		"--sandbox-control " + wide + " can be reached from other machines": {"--sandbox-control", wide},
		"internal_listen (" + wide + ") can be reached":                     {"--allow-remote", "--internal-listen", wide},
		"--sandbox-allow-host": {"--sandbox-allow-host", "*"},
	} {
		text, err := runs(t, dir, nil, append([]string{"demo", "--dir", "new"}, args...)...)
		if err == nil || !strings.Contains(text, part) {
			t.Errorf("%v: want %q, got %v\n%s", args, part, err, text)
		}
	}
	s := sandboxFlags{anyPort: true}
	taken := ln.Addr().String()
	other, err := s.bind(taken, taken)
	if err != nil || other.Addr().String() == taken {
		t.Fatalf("%v, %v", other, err)
	}
	other.Close()
	if _, err := s.bind(taken, sandboxListen); err == nil {
		t.Error("an address named on purpose was replaced")
	}
}

// The demo's usual internal address is replaced where it is taken, and one that
// was named on purpose never is.
func TestDemoInternalListen(t *testing.T) {
	t.Parallel()
	if ln, err := net.Listen("tcp", demo.InternalListen); err == nil { // else somebody else has it
		defer ln.Close()
	}
	for named, want := range map[string]string{demo.InternalListen: "127.0.0.1:0", "127.0.0.1:9091": "127.0.0.1:9091", "127.0.0.1:0": "127.0.0.1:0"} {
		if got := (demoFlags{internal: named}).internalListen(); got != want {
			t.Errorf("%s: got %s, want %s", named, got, want)
		}
	}
}
