package main

import (
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"carrierhook/internal/demo"
)

const demoDocs = "../../docs/demo.md"

// tools is a shell in which a line calls this program beside the demo that runs in dir.
func tools(t *testing.T, dir, me string) *shell {
	return &shell{tb: t, me: me, carrier: true, program: func(args ...string) string { return cli{tb: t, dir: dir}.says("", args...) }}
}

// commands are those of a text, each with its comment.
func commands(text, me string) (lines [][2]string) {
	for line := range strings.Lines(text) {
		command, comment, _ := strings.Cut(strings.TrimSpace(line), " # ")
		if command = strings.TrimSpace(command); strings.HasPrefix(command, me+" ") || strings.HasPrefix(command, "curl ") {
			lines = append(lines, [2]string{command, comment})
		}
	}
	return lines
}

// The greeting has 25 lines or fewer, also where every port is taken or open to others.
func TestDemoGreetingIsShort(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	d := demoFlags{mode: "secure", dir: demo.Dir, internal: demo.InternalListen, out: &out}
	b := &box{
		flags:    sandboxFlags{listen: sandboxListen, control: "0.0.0.0:2"},
		merchant: at{addr: net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}}, control: at{addr: net.TCPAddr{IP: net.IPv4zero, Port: 2}},
	}
	d.greet(addresses{tcp("127.0.0.1:3"), tcp("127.0.0.1:4")}, b, demo.File{})
	for _, part := range []string{"--internal-listen names", "--listen names", "Other machines reach", "NOT FOR PRODUCTION"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("not said: %s", part)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines > 25 {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
}

// docs/demo.md has what `demo --help` says there is to try, and from the first to the
// last, just after a start, each line does what stands behind it.
func TestDemoDocs(t *testing.T) {
	t.Parallel()
	text, steps := read(t, demoDocs), demo.Tour("bin/server")
	before, _, _ := strings.Cut(text, "```\n")
	_, after, _ := strings.Cut(text[len(before)+4:], "```\n")
	if whole := before + "```\n" + steps + "```\n" + after; whole != text {
		if !*update {
			t.Fatalf("docs/demo.md has not\n%s", steps)
		}
		must(t, os.WriteFile(demoDocs, []byte(whole), 0o644))
	}
	dir := dataDir(t)
	cmd, out := demoProcess(t, dir, "secure")
	sh := tools(t, dir, "bin/server")
	lines := commands(steps, "bin/server")
	for _, line := range lines {
		want, known := map[string]string{
			"cancels WeChat's sample waybill: 0":                                             "ResultCode 0: success",
			"a new cancel of a cancelled waybill: 30003":                                     "ResultCode 30003: ",
			"the last push once more: the same answer":                                       "ResultCode 30003: ",
			"books an order, under a number of the carrier's; a second time the same number": "WayBillID CH000000014  WaybillData " + demo.Label,
			"whether the merchant has an account":                                            "ResultCode 0: success  Quota 209",
			"how many waybills are left to it":                                               "ResultCode 0: success  Quota 209",

			"what it would cost": "resultcode 0: ok\nfee 69.00 = deliverfee 69.00 - couponfee 0.00  tips 0.00  insurancefee 0.00  distance 34489\ndelivery_token ",
			"places it: a number of the carrier's, and the fee by tariff and distance": "fee 69.00 = deliverfee 69.00 - couponfee 0.00  tips 0.00  insurancefee 0.00  distance 34489\nwaybill_id CH000000028  order_status 101",
			"it is under way, so it is not placed again: 1033":                         "resultcode 1033: ",
			"cancels it; no rider was on the way, so nothing is deducted":              "resultcode 0: ok\ndeduct_fee 0.00",
			"places it again, under a new number":                                      "distance 34489\nwaybill_id CH000000031  order_status 101",
			"how far it is":                                                            "waybill_id CH000000031  order_status 101, waiting for a rider",

			"a waybill's state, and each push about it": "answered 30003: the waybill had been cancelled before",
			"an instant delivery's, with every attempt": "attempt 2, waybill CH000000031",
		}[line[1]]
		if !known {
			code, _, _ := strings.Cut(line[1], " ")
			want = "ResultCode " + code + ": "
		}
		if says, _ := sh.do(line[0]); !strings.Contains(says, want) {
			t.Errorf("%s # %s\n%s\nwant %q", line[0], line[1], says, want)
		}
	}
	if len(lines) < 20 {
		t.Errorf("only %d lines were found", len(lines))
	}
	here := strings.NewReplacer(
		"http://"+demo.InternalListen, "http://"+carriersSide(t, out).p.internal.String(),
		"http://"+sandboxControl, regexp.MustCompile(`Control: (http://\S+)`).FindStringSubmatch(out.String())[1],
	)
	queries := commands(text, "curl")
	for _, line := range queries {
		want := map[string]string{"the feed": `{"events":[{`, "what the sandbox got": `{"events":[`, "what WeChat got": `{"calls":[`}[line[1]]
		if says, _ := sh.do(here.Replace(line[0])); want == "" || !strings.HasPrefix(says, want) {
			t.Errorf("%s # %s\n%s\nwant %q", line[0], line[1], says, want)
		}
	}
	if len(queries) != 3 {
		t.Errorf("found %q", queries)
	}
	stops(t, cmd, out, syscall.SIGTERM)
}

// An address that is taken is named with the flag that helps.
func TestDemoPortTaken(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer ln.Close()
	dir, any := dataDir(t), "127.0.0.1:0"
	for flag, args := range map[string][]string{
		"--listen":          {"--listen", ln.Addr().String(), "--internal-listen", any},
		"--internal-listen": {"--listen", any, "--internal-listen", ln.Addr().String()},
	} {
		out, err := cli{tb: t, dir: dir}.run(append([]string{"demo"}, args...)...)
		if err == nil || !strings.HasSuffix(out, ln.Addr().String()+": bind: address already in use; choose another address with "+flag+"\n") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
