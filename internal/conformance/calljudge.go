package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"carrierhook/internal/sandbox"
)

// node is what a call of updatePath says, read with more patience than WeChat has, so that
// what is wrong with one member leaves the others to be judged.
type node struct {
	Token     string      `json:"token"`
	WaybillID string      `json:"waybill_id"`
	Time      json.Number `json:"action_time"` // also of a text with a number in it
	Type      json.Number `json:"action_type"`
	Message   string      `json:"action_msg"`
}

func (x *call) node() (n node) {
	_ = json.Unmarshal(x.body, &n) // what could not be read calls_understood says
	return n
}

func (x *call) action() int {
	n, _ := x.node().Type.Int64()
	return int(n)
}

// fetches tells whether it is a call for a token.
func (x *call) fetches() bool { return x.path == stableToken || x.path == otherToken }

// knows tells whether WeChat as the kit plays it can answer a call as WeChat would: one for a
// token, or one about a parcel of the kit's or about none. The server may make others too. It
// needs the lock.
func (c *Calls) knows(x *call) bool {
	if x.path != updatePath {
		return x.fetches()
	}
	id := x.node().WaybillID
	return id == "" || c.parcels[id] != nil
}

// elsewhere says of which other paths calls came that WeChat refused.
func (c *Calls) elsewhere() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := map[string]bool{}
	for _, x := range c.all {
		if x.path != updatePath && !x.fetches() && !x.refused && x.ended > 0 && x.code != 0 {
			said[fmt.Sprintf("; of %s: errcode %d", x.path, x.code)] = true
		}
	}
	all := slices.Sorted(maps.Keys(said))
	return strings.Join(all[:min(len(all), 3)], "")
}

// about are the calls about a parcel, oldest first; action 0 is any. It needs the lock.
func (c *Calls) about(p *calledParcel, action int) (all []*call) {
	for _, x := range c.all {
		if x.path == updatePath && x.node().WaybillID == p.waybill && (action == 0 || x.action() == action) {
			all = append(all, x)
		}
	}
	return all
}

// arrived is the moment at which a node had arrived and the server knew, or 0. It needs the
// lock.
func (c *Calls) arrived(p *calledParcel, action int) int {
	for _, x := range c.about(p, action) {
		if x.ended > 0 && x.code == 0 && x.fault.reached() {
			return x.ended
		}
	}
	return 0
}

// countTokens counts refusals of tokens, and calls for one.
func (c *Calls) countTokens() (refused, fetched int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.countTokensLocked()
}

func (c *Calls) countTokensLocked() (refused, fetched int) {
	for _, x := range c.all {
		if x.refused {
			refused++
		}
		if x.fetches() {
			fetched++
		}
	}
	return refused, fetched
}

// checkCalls judges all calls of the run by one property.
func checkCalls(ctx context.Context, s *session, c Case) (Verdict, string) {
	if c.Name == "calls_once" { // there may be more to come
		s.Calls.await(ctx, s.Calls.Quiet, func() bool { return false })
	}
	s.Calls.mu.Lock()
	defer s.Calls.mu.Unlock()
	judged, faults := s.Calls.judge(c.Name)
	switch {
	case judged == 0:
		return skip("no call came of which this could be seen")
	case len(faults) == 0:
		return pass("so in all %d", judged)
	}
	slices.Sort(faults)
	n, faults := len(faults), slices.Compact(faults)
	return fail("not so %d times: %s", n, strings.Join(faults[:min(len(faults), 3)], "; "))
}

// judge counts what has a property, and says what has it not. It needs the lock.
func (c *Calls) judge(property string) (judged int, faults []string) {
	want := func(ok bool, format string, args ...any) {
		judged++
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	switch property {
	case "calls_order":
		for _, p := range c.parcels {
			want(c.inOrder(p), "%v came in the order %v", p.actions(), c.order(p))
		}
	case "calls_token_kept":
		fetched, others := 0, 0
		for _, x := range c.all {
			switch {
			case !x.fetches():
				others++
			case x.code == 0: // without a token there is nothing to keep
				fetched++
			}
		}
		want(fetched < 5 || 2*fetched <= others, "%d times, for %d other calls", fetched, others)
	case "calls_old_token":
		refusals := map[string]int{}
		for _, x := range c.all {
			if x.token == "" {
				continue
			}
			at := refusals[x.token]
			want(at == 0 || !c.replaced(x, at), "it was refused, and stable_token had given another")
			if x.refused && at == 0 {
				refusals[x.token] = x.ended
			}
		}
	case "calls_force_refresh":
		for _, x := range c.all {
			if x.fetches() {
				want(!x.forces(), "force_refresh")
			}
		}
	case "calls_understood":
		for _, x := range c.all {
			if c.knows(x) && !x.refused && x.fault == "" && x.ended > 0 {
				want(x.code == 0, "%s: errcode %d", x.path, x.code)
			}
		}
	default:
		for _, x := range c.all {
			if x.path == updatePath {
				text := c.nodeFault(x, property)
				want(text == "", "%s", text)
			}
		}
	}
	return judged, faults
}

// replaced tells whether the server had another token when it made a call with one that was
// refused before, at a moment. It needs the lock.
func (c *Calls) replaced(x *call, refused int) bool {
	for token, fetched := range c.issued {
		if token != x.token && fetched.ended > refused && x.at.Sub(fetched.over) > onTheWay {
			return true
		}
	}
	return false
}

// refusedTwice tells whether a node of a parcel was called again with a token that had been
// refused to it. It needs the lock.
func (c *Calls) refusedTwice(p *calledParcel) bool {
	type try struct {
		token  string
		action int
	}
	refused := map[try]bool{}
	for _, x := range c.about(p, 0) {
		t := try{x.token, x.action()}
		if refused[t] {
			return true
		}
		refused[t] = x.refused
	}
	return false
}

// nodeFault judges a node by one property. "" is right.
func (c *Calls) nodeFault(x *call, property string) string {
	n, action := x.node(), x.action()
	p := c.parcels[n.WaybillID]
	switch property {
	case "calls_action_type":
		if !slices.Contains([]int{100001, 100002, 100003, 200001, 300002, 300003, 300004, 400001, 400002}, action) {
			return fmt.Sprintf("action_type %d", action)
		}
	case "calls_time":
		at, err := n.Time.Int64()
		const slack = 60 // the clocks may differ
		if from := p.scanned(action); err != nil || at < from-slack || at > x.at.Unix()+slack {
			return fmt.Sprintf("%d: action_time %s, scanned at %d, called at %d", action, n.Time, from, x.at.Unix())
		}
	case "calls_message":
		if n.Message == "" || len(n.Message) > sandbox.MaxText || !utf8.Valid(x.body) || strings.ContainsFunc(n.Message, unicode.IsControl) {
			return fmt.Sprintf("%d: an action_msg of %d bytes", action, len(n.Message))
		}
	case "calls_once":
		if p != nil && slices.ContainsFunc(c.about(p, action), func(before *call) bool {
			return before.began < x.began && (before.ended == 0 || before.ended > x.began || before.code == 0 && before.fault.reached())
		}) {
			return fmt.Sprintf("%d again", action)
		}
	}
	return ""
}

// scanned is when a scan of the parcel was, as it was reported.
func (p *calledParcel) scanned(action int) int64 {
	if p == nil {
		return 0
	}
	for _, scan := range p.scans {
		if scan.Action == action {
			return scan.Time
		}
	}
	return 0
}

func (p *calledParcel) actions() (all []int) {
	for _, scan := range p.scans {
		all = append(all, scan.Action)
	}
	return all
}

// order is in which reported nodes of a parcel WeChat has done: also those that it did not
// answer.
func (c *Calls) order(p *calledParcel) (all []int) {
	for _, x := range c.about(p, 0) {
		if x.code == 0 && x.ended > 0 && x.fault.performed() && slices.Contains(p.actions(), x.action()) {
			all = append(all, x.action())
		}
	}
	return all
}

func (c *Calls) inOrder(p *calledParcel) bool {
	scans := p.actions()
	return slices.IsSortedFunc(c.order(p), func(a, b int) int { return slices.Index(scans, a) - slices.Index(scans, b) })
}

// forces tells whether a call for a token ends the one before it.
func (x *call) forces() bool {
	var says struct {
		Force any `json:"force_refresh"`
	}
	_ = json.Unmarshal(x.body, &says) // what is no JSON is not understood
	return says.Force != nil && says.Force != false
}
