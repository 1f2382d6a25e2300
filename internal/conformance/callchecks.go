package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// WeChat's action types that the kit has reported.
const (
	actionAssigned       = 100003
	actionCollected      = 100001
	actionInTransit      = 200001
	actionOutForDelivery = 300002
	actionSigned         = 300003
	actionNotDelivered   = 300004
	actionKept           = 400002
)

// messages are what the scans say. That of a parcel that is kept has none.
var messages = map[int]string{
	actionAssigned: "已分配快递员 18600001111", actionCollected: "快件已由快递员 18600001111 揽收", actionInTransit: "快件已离开【广州海珠】", actionOutForDelivery: "快件已到达【广州天河】，正在派送",
	actionSigned: "快件已签收", actionNotDelivered: "派送失败：<收件人不在> & 电话无人接听",
}

// calledParcel is one that was booked for the calls, and what was reported of it. What
// changes is under the lock of Calls.
type calledParcel struct {
	waybill, token string
	scans          []Scan    // in their order
	fault          callFault // of the next call
}

// onParcel books a parcel for a case.
func onParcel(run func(context.Context, *session, *calledParcel) (Verdict, string)) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		p, verdict, got := s.parcel(ctx, c)
		if verdict != Pass {
			return verdict, got
		}
		return run(ctx, s, p)
	}
}

// onParcels books two.
func onParcels(run func(ctx context.Context, s *session, p, q *calledParcel) (Verdict, string)) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		return onParcel(func(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
			q, verdict, got := s.parcel(ctx, c)
			if verdict != Pass {
				return verdict, got
			}
			return run(ctx, s, p, q)
		})(ctx, s, c)
	}
}

// parcel books one.
func (s *session) parcel(ctx context.Context, c Case) (p *calledParcel, verdict Verdict, got string) {
	number, why := s.number()
	if why != "" {
		verdict, got = skip("%s", why)
		return nil, verdict, got
	}
	m := s.order(*s.Merchant, number)
	b, verdict, got := s.book(ctx, c, s.platform, m, "")
	if verdict != Pass {
		verdict, got = skip("no order was booked: %s", got)
		return nil, verdict, got
	}
	p = &calledParcel{waybill: b.number, token: m.Token}
	if err := s.Calls.expect(p); err != nil {
		verdict, got = skip("%v", err)
		return nil, verdict, got
	}
	return p, Pass, ""
}

// scan has something reported of a parcel.
func (s *session) scan(ctx context.Context, p *calledParcel, action int) error {
	at := Scan{WaybillID: p.waybill, Action: action, Time: s.Now().Unix(), Message: messages[action]}
	s.Calls.mu.Lock()
	p.scans = append(p.scans, at)
	s.Calls.mu.Unlock()
	if err := s.Calls.SendScan(ctx, at); err != nil {
		return fmt.Errorf("the scan %d could not be reported: %w", action, err)
	}
	return nil
}

// scansArrive reports scans, and wants their nodes to arrive at WeChat.
func (s *session) scansArrive(ctx context.Context, p *calledParcel, actions ...int) (Verdict, string) {
	for _, action := range actions {
		if err := s.scan(ctx, p, action); err != nil {
			return skip("%v", err)
		}
	}
	return s.arrive(ctx, p, s.Calls.Patience, actions...)
}

func (s *session) arrive(ctx context.Context, p *calledParcel, d time.Duration, actions ...int) (Verdict, string) {
	var missing []string
	if s.Calls.await(ctx, d, func() bool {
		missing = nil
		for _, action := range actions {
			if s.Calls.arrived(p, action) == 0 {
				missing = append(missing, fmt.Sprint(action))
			}
		}
		return len(missing) == 0
	}) {
		return pass("%d arrived", len(actions))
	}
	return fail("within %v no call with errcode 0 of %s", d, strings.Join(missing, ", "))
}

// checkCallMade finds out whether the server calls at all.
func checkCallMade(ctx context.Context, s *session, c Case) (Verdict, string) {
	verdict, got := onParcel(func(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
		return s.scansArrive(ctx, p, actionCollected)
	})(ctx, s, c)
	if s.noCall = ""; verdict != Pass {
		s.noCall = "the server makes no call that succeeds"
		got += s.Calls.elsewhere()
	}
	if verdict == Skipped {
		verdict = Fail // no scan, no call: without this case nothing else says so
	}
	return verdict, got
}

func checkNodes(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
	return s.scansArrive(ctx, p, actionCollected, actionInTransit, actionOutForDelivery, actionNotDelivered, actionKept, actionSigned)
}

// checkBeforeCollection reports what may not go to WeChat yet. A server may keep it back for
// good, or send it later.
func checkBeforeCollection(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
	if err := s.scan(ctx, p, actionAssigned); err != nil {
		return skip("%v", err)
	}
	if s.Calls.await(ctx, s.Calls.Quiet, func() bool { return len(s.Calls.about(p, 0)) > 0 }) {
		return fail("a call")
	}
	verdict, got := s.scansArrive(ctx, p, actionCollected)
	return verdict, "none, and then " + got
}

// checkAgainAfter spoils a call, and reports another scan meanwhile, which must not overtake
// it: that calls_order says.
func checkAgainAfter(f callFault) func(context.Context, *session, *calledParcel) (Verdict, string) {
	return func(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
		s.Calls.spoil(p, f)
		if err := s.scan(ctx, p, actionCollected); err != nil {
			return skip("%v", err)
		}
		if err := s.scan(ctx, p, actionInTransit); err != nil {
			return skip("%v", err)
		}
		again := func() bool {
			calls := s.Calls.about(p, 0)
			for i, x := range calls {
				for _, later := range calls[i+1:] {
					if x.fault == f && later.action() == x.action() {
						return true
					}
				}
			}
			return false
		}
		if !s.Calls.await(ctx, s.Calls.Patience, again) {
			return fail("within %v the node was not called again", s.Calls.Patience)
		}
		verdict, got := s.arrive(ctx, p, s.Calls.Patience, actionCollected, actionInTransit)
		return verdict, "again, and then " + got
	}
}

// onTheWay is how long an answer may be on its way to the server, which until then does what
// it did before.
const onTheWay = time.Second

// checkRevoked revokes the tokens before each of three scans. What is under way then may be
// refused with it. What is reported later has to go with the new token, which
// calls_old_token judges.
func checkRevoked(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
	var got []string
	for i, code := range []int{errNotLatest, errNoToken, errExpired} {
		action := []int{actionCollected, actionInTransit, actionOutForDelivery}[i]
		s.Calls.revoke(code)
		refused, fetched := s.Calls.countTokens()
		if verdict, why := s.scansArrive(ctx, p, action); verdict != Pass {
			return verdict, fmt.Sprintf("after %d %s", code, why)
		}
		s.Calls.await(ctx, 2*onTheWay, func() bool { return false })
		r, f := s.Calls.countTokens()
		if r, f = r-refused, f-fetched; f > max(1, r) {
			return fail("after %d %d calls were refused and %d tokens fetched", code, r, f)
		}
		got = append(got, fmt.Sprint(code))
	}
	if verdict, why := s.scansArrive(ctx, p, actionSigned); verdict != Pass {
		return verdict, "later " + why
	}
	s.Calls.mu.Lock()
	defer s.Calls.mu.Unlock()
	if s.Calls.refusedTwice(p) {
		return fail("a node again with the token that had been refused to it")
	}
	return pass("so after %s", strings.Join(got, ", "))
}

// While all tokens are refused, which is so short that most servers fail once only: the
// second time they may wait for long.
const (
	refuseFor    = 3 * time.Second
	maxRefreshes = 6
)

// checkRefreshLoop refuses all tokens for a while.
func checkRefreshLoop(ctx context.Context, s *session, p *calledParcel) (Verdict, string) {
	s.Calls.refuseTokens(true)
	defer s.Calls.refuseTokens(false)
	refused, fetched := s.Calls.countTokens()
	if err := s.scan(ctx, p, actionCollected); err != nil {
		return skip("%v", err)
	}
	r, f := 0, 0
	if s.Calls.await(ctx, refuseFor, func() bool {
		r, f = s.Calls.countTokensLocked()
		r, f = r-refused, f-fetched
		return f > maxRefreshes
	}) {
		return fail("%d tokens were fetched and %d refused before %v had passed", f, r, refuseFor)
	}
	s.Calls.refuseTokens(false)
	verdict, got := s.arrive(ctx, p, s.Calls.Patience, actionCollected)
	return verdict, fmt.Sprintf("%d fetched and %d refused, and then %s", f, r, got)
}

// Within a minute, as the kit and the server see it.
const (
	almostMinute = 50 * time.Second
	dailyWatch   = 75 * time.Second // so long that a pause of a minute is over
)

// spoiled reports a scan of p whose call is answered f, and then one of q, and wants no call of
// the path for a while, whatever parcel it is about.
func (s *session) spoiled(ctx context.Context, p, q *calledParcel, f callFault, quiet time.Duration) (Verdict, string) {
	s.Calls.spoil(p, f)
	if err := s.scan(ctx, p, actionCollected); err != nil {
		return skip("%v", err)
	}
	if !s.Calls.await(ctx, s.Calls.Patience, func() bool {
		return slices.ContainsFunc(s.Calls.about(p, 0), func(x *call) bool { return x.fault == f && x.ended > 0 })
	}) {
		return fail("within %v no call with a token that holds", s.Calls.Patience)
	}
	begun, from := s.Now(), 0
	s.Calls.await(ctx, onTheWay, func() bool { from = s.Calls.moments; return false })
	if err := s.scan(ctx, q, actionCollected); err != nil {
		return skip("%v", err)
	}
	got := ""
	if s.Calls.await(ctx, quiet, func() bool {
		for _, x := range s.Calls.all {
			if x.path != updatePath || x.began <= from {
				continue
			}
			if got = "a call"; x.node().WaybillID != p.waybill {
				got = "a call about another parcel"
			}
			return true
		}
		return false
	}) {
		return fail("%s %v later", got, s.Now().Sub(begun).Round(time.Second))
	}
	return pass("no call within %v", quiet)
}

func checkMinute(ctx context.Context, s *session, p, q *calledParcel) (Verdict, string) {
	verdict, got := s.spoiled(ctx, p, q, callMinute, almostMinute)
	if verdict != Pass {
		return verdict, got
	}
	for _, parcel := range []*calledParcel{p, q} {
		var then string
		verdict, then = s.arrive(ctx, parcel, s.Calls.Patience+time.Minute, actionCollected)
		got += ", and then " + then
		if verdict != Pass {
			break
		}
	}
	return verdict, got
}

func checkDaily(ctx context.Context, s *session, p, q *calledParcel) (Verdict, string) {
	return s.spoiled(ctx, p, q, callDaily, dailyWatch)
}
