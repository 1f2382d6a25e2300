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
	return &shell{tb: t, me: me, carrier: true, program: func(args ...string) string {
		out, err := runs(t, dir, nil, args...)
		if err != nil {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
		return out
	}}
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

// The demo says in a few lines what to type next, and each does what stands behind it,
// as printed, in any order, after each other and after a reset.
func TestDemoGreeting(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	end, out := demoProcess(t, dir, "secure")
	greeting := out.String()[strings.Index(out.String(), "\ncarrierhook is serving"):]
	me := regexp.MustCompile(`(?m)^  (\S.*) push +# cancels`).FindStringSubmatch(greeting)[1]
	control := regexp.MustCompile(`Control: (http://\S+)`).FindStringSubmatch(greeting)[1]
	sh := tools(t, dir, me)
	lines := commands(greeting, me)
	if len(lines) != 9 {
		t.Errorf("found %d commands in\n%s", len(lines), greeting)
	}
	want := map[string]*regexp.Regexp{
		"cancels WeChat's sample waybill: 0, and 30003 once it is cancelled": regexp.MustCompile("ResultCode (0|30003): "),
		"the same push twice: the same answer twice":                         regexp.MustCompile("(?s)ResultCode (0: .*ResultCode 0|30003: .*ResultCode 30003): "),
		"books an order, under a number of the carrier's: 0":                 regexp.MustCompile("ResultCode 0: success\nWayBillID CH"),
		"places an instant delivery (即时配送): 0":                               regexp.MustCompile("resultcode 0: ok\n"),
		"why it was answered so":                                             regexp.MustCompile("(?m)^waybill 123456789 of merchant xyz$"),
		"tries everything that WeChat may push":                              regexp.MustCompile(", 0 failed"),
		"the courier has it: 200, and 409 once it is cancelled":              regexp.MustCompile(`"status":200,"verdict":"recorded"|"status":409,.*"cancelled_at"`),
		"so it is not cancelled: 30002, or 30003 if it was before":           regexp.MustCompile("ResultCode (30002|30003): "),
		"a merchant's call: how many waybills are left to it":                regexp.MustCompile(`^\{"quota_num":2\d\d\}`),
	}
	run := func(line [2]string) {
		t.Helper()
		re := want[line[1]]
		if re == nil {
			t.Fatalf("a new line: %s # %s", line[0], line[1])
		}
		if says, _ := sh.do(line[0]); !re.MatchString(says) {
			t.Errorf("%s # %s\n%s", line[0], line[1], says)
		}
	}
	for _, line := range lines {
		run(line)
	}
	if says, _ := callSandbox(t, "POST", control+"/reset", ""); !strings.Contains(says, "reset") {
		t.Errorf("reset: %s", says)
	}
	if says := sh.program("push", "--order-id", demo.ScannedOrderID, "--waybill-id", demo.ScannedWaybillID); !strings.Contains(says, "ResultCode 0: ") {
		t.Errorf("not put back:\n%s", says)
	}
	for i := range lines {
		if !strings.HasSuffix(lines[i][0], " conformance") { // which takes long, and has a test of its own
			run(lines[len(lines)-1-i])
		}
	}
	if err := end(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
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
	for _, part := range []string{"--internal-listen names", "--listen names", "Other machines reach"} {
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
		if err := os.WriteFile(demoDocs, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := dataDir(t)
	end, _ := demoProcess(t, dir, "secure")
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
	if err := end(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// An address that is taken is named with the flag that helps.
func TestDemoPortTaken(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir, any := dataDir(t), "127.0.0.1:0"
	for flag, args := range map[string][]string{
		"--listen":          {"--listen", ln.Addr().String(), "--internal-listen", any},
		"--internal-listen": {"--listen", any, "--internal-listen", ln.Addr().String()},
	} {
		out, err := runs(t, dir, nil, append([]string{"demo"}, args...)...)
		if err == nil || !strings.HasSuffix(out, ln.Addr().String()+": bind: address already in use; choose another address with "+flag+"\n") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
