package conformance

import (
	"context"
	"fmt"
	"slices"

	"carrierhook/internal/wechat"
)

// Basis is what a case rests on.
type Basis string

// A rule is from WeChat's pages. Advice is ours: WeChat does not require it, and a server
// without it is worse off.
const (
	Rule   Basis = "rule"
	Advice Basis = "advice"
)

// Verdict is how a case ended.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Skipped Verdict = "skipped"
)

// Case is one thing that the server has to get right.
type Case struct {
	Name     string
	Does     string
	Basis    Basis
	Why      string // WeChat's page and what it says, or the reason for the advice
	Expected string
	run      check
	modes    []wechat.Mode // nil: all
	event    string        // without a reply to it, the case is not run
	needs    bool          // an account to book with
	shop     bool          // a shop to place orders for
	calls    bool          // the server calls us as WeChat
	format   wechat.Format // 0: both
	first    bool          // run even if the server answers nothing
}

func rule(name, does, why, expected string, run check) Case {
	return Case{Name: name, Does: does, Basis: Rule, Why: why, Expected: expected, run: run}
}

func advice(name, does, why, expected string, run check) Case {
	return Case{Name: name, Does: does, Basis: Advice, Why: ours + ": " + why, Expected: expected, run: run}
}

// in restricts a case to modes.
func (c Case) in(modes ...wechat.Mode) Case {
	c.modes = modes
	return c
}

// only restricts a case to a format.
func (c Case) only(f wechat.Format) Case {
	c.format = f
	return c
}

// Result is a case that was run. Got is why, for a skipped one.
type Result struct {
	Case     string  `json:"case"`
	Format   string  `json:"push_format,omitempty"` // "" for the URL check, which has none
	Verdict  Verdict `json:"verdict"`
	Basis    Basis   `json:"basis"`
	Why      string  `json:"why"`
	Does     string  `json:"does"`
	Expected string  `json:"expected"`
	Got      string  `json:"got"`
}

// result runs one case. format is "" for a case that has none.
func (s *session) result(ctx context.Context, c Case, format string) Result {
	r := Result{Case: c.Name, Format: format, Basis: c.Basis, Why: c.Why, Does: c.Does, Expected: c.Expected}
	if why := s.skips(c); why != "" {
		r.Verdict, r.Got = Skipped, why
		return r
	}
	r.Verdict, r.Got = c.run(ctx, s, c)
	r.Got = oneLine(r.Got)
	return r
}

// skips says why a case is not run.
func (s *session) skips(c Case) string {
	switch {
	case len(c.modes) > 0 && !slices.Contains(c.modes, s.Account.Mode):
		return fmt.Sprintf("does not arise in %v mode", s.Account.Mode)
	case c.format != 0 && c.format != s.format:
		return fmt.Sprintf("does not arise in %v", s.format)
	case s.down && !c.first:
		return "would say nothing: a right push is not answered (case answer)"
	case s.unanswered[c.event]:
		return fmt.Sprintf("would say nothing: %s is not answered (case %s)", c.event, eventAnswers[c.event])
	case c.needs && s.Merchant == nil:
		return "no merchant's account is given in whose name to push"
	case c.shop && s.Shop == nil:
		return "no shop of instant delivery is given in whose name to push"
	case c.calls:
		return s.noCalls(c)
	}
	return ""
}

var encrypted = []wechat.Mode{wechat.Compatible, wechat.Secure}

func pass(format string, args ...any) (Verdict, string) { return Pass, fmt.Sprintf(format, args...) }
func fail(format string, args ...any) (Verdict, string) { return Fail, fmt.Sprintf(format, args...) }
func skip(format string, args ...any) (Verdict, string) { return Skipped, fmt.Sprintf(format, args...) }
