package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report is a whole run. It holds no secret.
type Report struct {
	URL         string   `json:"url"`
	Mode        string   `json:"mode"`
	PushFormats []string `json:"push_formats"`
	Passed      int      `json:"passed"`
	Failed      int      `json:"failed"`
	FailedRules int      `json:"failed_rules"` // those of WeChat's; the rest of Failed is advice
	Skipped     int      `json:"skipped"`
	NotTried    []string `json:"not_tried"` // calls of a carrier's of which no case says anything
	Results     []Result `json:"results"`
}

// notTried are the calls of carriers that the kit does not play, whatever it is given.
var notTried = []string{"updateOrder", "updateBusiness"}

func newReport(o Options) Report {
	r := Report{URL: o.URL, Mode: o.Account.Mode.String(), Results: []Result{}, NotTried: slices.Clone(notTried)}
	for _, f := range o.Formats {
		r.PushFormats = append(r.PushFormats, f.String())
	}
	return r
}

func (r *Report) add(result Result) {
	r.Results = append(r.Results, result)
	switch result.Verdict {
	case Pass:
		r.Passed++
	case Skipped:
		r.Skipped++
	default:
		r.Failed++
		if result.Basis == Rule {
			r.FailedRules++
		}
	}
}

// Line is a result on one line.
func (r Result) Line() string {
	format := r.Format
	if format == "" {
		format = "-"
	}
	line := fmt.Sprintf("%-7s  %-4s  %-6s  %-19s  %s. ", r.Verdict, format, r.Basis, r.Case, r.Does)
	if r.Verdict == Skipped {
		return line + "Not run: " + r.Got + "."
	}
	return line + "Expected: " + r.Expected + ". Got: " + r.Got + ". (" + r.Why + ")"
}

// Summary is what to remember, with what failed once more.
func (r Report) Summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d passed, %d failed (%d rules of WeChat's, %d advice), %d skipped", r.Passed, r.Failed, r.FailedRules, r.Failed-r.FailedRules, r.Skipped)
	for _, result := range r.Results {
		if result.Verdict == Fail {
			fmt.Fprintf(&b, "\n  failed: %s", strings.TrimPrefix(result.Format+"/"+result.Case, "/"))
		}
	}
	fmt.Fprintf(&b, "\n  no case tries: %s", strings.Join(r.NotTried, ", "))
	return b.String()
}

// WriteJSON writes the report for a machine.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
