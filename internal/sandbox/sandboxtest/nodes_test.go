package sandboxtest

import (
	"testing"

	"carrierhook/internal/sandbox"
)

// What is wrong with calls is found, and nothing else.
func TestCheckNodes(t *testing.T) {
	t.Parallel()
	a, b, c := Node{Type: 100001, Time: 1}, Node{Type: 200001, Time: 2}, Node{Type: 300003, Time: 3}
	call := func(n Node, answered string, done bool) sandbox.CarrierCall {
		return sandbox.CarrierCall{Key: "W", Node: n.Type, Time: n.Time, Answered: answered, Done: done}
	}
	const whole, cut, none = sandbox.AnsweredWhole, sandbox.AnsweredCut, sandbox.AnsweredNone
	slow := call(b, whole, true)
	slow.Fault = sandbox.CallSlow
	whenKilled := func(c sandbox.CarrierCall) bool { return c.N <= 2 && c.Node == b.Type }
	whenBoth := func(c sandbox.CarrierCall) bool { return c.N <= 3 && c.Node == b.Type }
	never := func(sandbox.CarrierCall) bool { return false }
	always := func(sandbox.CarrierCall) bool { return true }
	for name, tt := range map[string]struct {
		calls []sandbox.CarrierCall
		lost  func(sandbox.CarrierCall) bool
		wrong int
	}{
		"right":                     {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(c, whole, true)}, never, 0},
		"refused and lost":          {[]sandbox.CarrierCall{call(a, whole, false), call(a, cut, true), call(a, none, true), call(a, whole, true), call(b, none, false), call(b, whole, true), call(c, whole, true)}, never, 0},
		"too slow":                  {[]sandbox.CarrierCall{call(a, whole, true), slow, call(b, whole, true), call(c, whole, true)}, never, 0},
		"lost with a server":        {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(b, whole, true), call(c, whole, true)}, whenKilled, 0},
		"twice":                     {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(b, whole, true), call(c, whole, true)}, never, 1},
		"twice after a server died": {[]sandbox.CarrierCall{call(a, whole, true), call(b, cut, true), call(b, whole, true), call(b, whole, true), call(c, whole, true)}, whenKilled, 1},
		"another with a server":     {[]sandbox.CarrierCall{call(a, whole, true), call(a, whole, true), call(b, whole, true), call(c, whole, true)}, whenKilled, 1},
		"missing":                   {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true)}, never, 1},
		"refused only":              {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(c, whole, false)}, never, 1},
		"out of order":              {[]sandbox.CarrierCall{call(a, whole, true), call(c, whole, true), call(b, whole, true)}, never, 2},
		"sent before while unknown": {[]sandbox.CarrierCall{call(a, cut, true), call(b, whole, true), call(a, whole, true), call(c, whole, true)}, never, 1},
		"sent before twice":         {[]sandbox.CarrierCall{call(a, none, true), call(b, cut, true), call(c, whole, true)}, never, 2},
		"sent before a slow one":    {[]sandbox.CarrierCall{call(a, whole, true), slow, call(c, whole, true), call(b, whole, true)}, never, 1},
		"sent before in any case":   {[]sandbox.CarrierCall{call(a, cut, true), call(b, whole, true), call(a, whole, true), call(c, whole, true)}, always, 1},
		"refused when again":        {[]sandbox.CarrierCall{call(a, cut, true), call(a, whole, false), call(b, whole, true), call(c, whole, true)}, never, 1},
		"not again":                 {[]sandbox.CarrierCall{call(a, cut, true), call(b, whole, true), call(c, whole, true)}, never, 1},
		"the last not again":        {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(c, none, true)}, never, 1},
		"the last not at all again": {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(c, none, true)}, always, 1},
		"known to another server":   {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(b, cut, true), call(c, whole, true)}, whenBoth, 0},
		"known to none":             {[]sandbox.CarrierCall{call(a, whole, true), call(b, whole, true), call(b, cut, true), call(c, whole, true)}, whenKilled, 1},
		"before the collection":     {[]sandbox.CarrierCall{call(Node{Type: 100003, Time: 1}, whole, true), call(a, whole, true), call(b, whole, true), call(c, whole, true)}, never, 1},
	} {
		seen := map[Node]bool{}
		for i := range tt.calls {
			one := &tt.calls[i]
			one.N = i + 1
			if n := (Node{Type: one.Node, Time: one.Time}); one.Done {
				one.Repeat, seen[n] = seen[n], true
			}
		}
		tt.calls = append(tt.calls, sandbox.CarrierCall{Key: "another", Node: 7, Done: true})
		if got := CheckNodes("W", []Node{a, b, c}, tt.calls, tt.lost); len(got) != tt.wrong {
			t.Errorf("%s: %d wrong, want %d: %q", name, len(got), tt.wrong, got)
		}
	}
	miscounted := []sandbox.CarrierCall{call(a, cut, true), call(a, whole, true)}
	if got := CheckNodes("W", []Node{a}, miscounted, never); len(got) != 1 {
		t.Errorf("a repeat that the sandbox does not count: %q", got)
	}
	c.Maybe = true
	if got := CheckNodes("W", []Node{a, c}, []sandbox.CarrierCall{call(a, whole, true)}, never); len(got) > 0 {
		t.Errorf("one that may not have been recorded: %q", got)
	}
}
