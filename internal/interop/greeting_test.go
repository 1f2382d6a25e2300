//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every line that the demonstration prints does, in a real sh with the real curl, what
// the words behind it say: the code that they end in is in the answer. A merchant's
// lines are told what cmd/server's own reading of sh is told.
func TestInteropDemoGreeting(t *testing.T) {
	d := demo(t)
	greeting, sandbox, _ := strings.Cut(d.said.String(), "WeChat's sandbox.")
	var got []string
	for _, says := range d.pasted(printed(sandbox)) {
		got = append(got, merchantCode(t, says))
	}
	if want := []string{"0", "0", "quota 209", "0", "0", "0", "0"}; !slices.Equal(got, want) {
		t.Errorf("the merchant's lines say %q, want %q, in\n%s", got, want, sandbox)
	}
	d.pasted([]string{"curl -sSf -X POST http://" + d.control + "/reset"})
	lines := printed(greeting)
	if len(lines) < 25 {
		t.Errorf("found only %d lines in\n%s", len(lines), greeting)
	}
	for i, says := range d.pasted(lines) {
		_, comment, _ := strings.Cut(lines[i], " # ")
		var want string
		switch code := printedCode.FindString(comment); {
		case code == "409":
			want = `"status":409`
		case code != "" && strings.Contains(lines[i], "transport_"):
			want = "resultcode " + code + ": "
		case code != "":
			want = "the reply is right. ResultCode " + code + ": "
		case strings.Contains(lines[i], " push"):
			want = "the reply is right. "
		case strings.Contains(lines[i], "/scans"):
			want = `"verdict":"recorded","biz_id":"xyz","waybill_id":"123456797","state":"collected"`
		case strings.Contains(lines[i], d.internal):
			want = `"words":"the parcel had been collected"`
		default: // show
			want = "asked about by:"
		}
		if !strings.Contains(says, want) {
			t.Errorf("%s\n%s\nwant %s", lines[i], says, want)
		}
	}
}

// printed are the commands of a greeting.
func printed(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "--biz-id"):
			lines = append(lines, "bin/server push "+line)
		case command.MatchString(line):
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

// printedCode is the code that a comment of the greeting ends or begins with.
var printedCode = regexp.MustCompile(`^-?\d+|-?\d+$`)
