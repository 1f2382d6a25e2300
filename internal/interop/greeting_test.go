//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every line that the demonstration prints, and every one of docs/demo.md, does in a
// real sh with the real curl what the words behind it say: one of the codes in them is
// in the answer. A sandbox's lines are answered as cmd/server's own reading of sh has it.
func TestInteropDemoGreeting(t *testing.T) {
	d := demo(t)
	box := exec.Command("bin/server", "sandbox", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--patience", "1m")
	box.Dir, box.Env = d.dir, plainEnv()
	sandbox := launch(t, box)
	sandbox.await("order/readd")
	var got []string
	for _, says := range d.pasted(printed(sandbox.said.String())) {
		got = append(got, merchantCode(t, says))
	}
	if want := []string{"0", "0", "quota 209", "0", "0", "0", "0"}; !slices.Equal(got, want) {
		t.Errorf("the merchant's lines say %q, want %q, in\n%s", got, want, sandbox.said)
	}
	for _, text := range []string{d.here(read(t, "docs/demo.md")), d.said.String()} {
		d.pasted([]string{"curl -sSf -X POST http://" + d.control + "/reset"})
		lines := printed(text)
		if len(lines) < 9 {
			t.Errorf("found only %d lines in\n%s", len(lines), text)
		}
		for i, says := range d.pasted(lines) {
			command, comment, _ := strings.Cut(lines[i], " # ")
			want := printedWant(command, comment)
			if !regexp.MustCompile(want).MatchString(says) {
				t.Errorf("%s\n%s\nwant %s", lines[i], says, want)
			}
		}
	}
}

// printedWant is what a printed command has to say.
func printedWant(command, comment string) string {
	codes := strings.Join(printedCode.FindAllString(comment, -1), "|")
	switch {
	case strings.Contains(command, "/scans"):
		return `"status":(` + codes + `)\b`
	case strings.Contains(command, "/events"):
		return `"kind":"waybill\.`
	case strings.Contains(command, "/calls"): // they come after the answer to the scan
		return `{"calls":\[`
	case strings.Contains(command, "path/get"):
		return `"path_item_num":\d`
	case strings.Contains(command, " conformance"):
		return ", 0 failed"
	case strings.Contains(command, " show "):
		return "pushes:"
	case codes != "":
		return `the reply is right\. (ResultCode|resultcode) (` + codes + "): "
	}
	return `the reply is right\. `
}

// printed are the commands of a text.
func printed(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); command.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

var command = regexp.MustCompile(`^(curl |bin/server |[A-Z_]+=)`)

// merchantCode is what a merchant looks at: the errcode, with the carrier's own code,
// or what came instead of an error.
func merchantCode(tb testing.TB, says string) string {
	tb.Helper()
	var a struct {
		ErrCode    int `json:"errcode"`
		CloudCode  int `json:"errCode"`
		ResultCode int `json:"delivery_resultcode"`
		CloudRes   int `json:"deliveryResultcode"`

		Quota *int64 `json:"quota_num"`
		Local int    `json:"resultcode"` // of a company of instant delivery
	}
	if err := json.Unmarshal([]byte(says), &a); err != nil {
		tb.Errorf("%v: %s", err, says)
	}
	switch carrier := a.ResultCode + a.CloudRes; {
	case a.Quota != nil:
		return fmt.Sprint("quota ", *a.Quota)
	case a.Local != 0:
		return fmt.Sprint("resultcode ", a.Local)
	case carrier != 0:
		return fmt.Sprint(a.ErrCode+a.CloudCode, " ", carrier)
	}
	return fmt.Sprint(a.ErrCode + a.CloudCode)
}

// printedCode is a code in the comment of a printed line.
var printedCode = regexp.MustCompile(`\b\d+\b`)
