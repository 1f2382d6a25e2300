package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"carrierhook/internal/wechat"
)

// plan is the requests about one waybill: a list for each client of
// a team, who all begin at the same moment.
type plan [][]input

// newPlan deals the questions out. Most waybills have a cancel and a pickup that
// come first, from two clients.
func newPlan(r *rand.Rand, clients int) plan {
	var pushes, scans uint8
	some := func(what string, n int, next *uint8) (inputs []input) {
		for range n {
			*next++
			inputs = append(inputs, input{what, *next})
		}
		return inputs
	}
	first := append(some(cancel, 1, &pushes), some(collect, min(r.IntN(5), 1), &scans)...)
	rest := slices.Concat(
		some(cancel, r.IntN(4), &pushes),
		some(collect, r.IntN(2), &scans),
		some(assign, r.IntN(3), &scans),
		some(sign, max(0, r.IntN(10)-8), &scans),
		some(withdraw, max(0, r.IntN(12)-10), &scans),
	)
	r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	p := make(plan, clients)
	for i, in := range append(first, rest...) {
		p[i%clients] = append(p[i%clients], in)
	}
	return p
}

// message tells scans apart in a trace.
const message = "the courier said %d"

var actions = map[string]int{assign: 100003, collect: 100001, sign: 300003, withdraw: 400001}

// scan is the same for the same number. Every third has no key, and is known by
// what it says.
func (w *waybill) scan(in input, begun time.Time) scan {
	s := scan{
		BizID: w.merchant, WaybillID: w.number, Action: actions[in.what],
		At: begun.Unix() - int64(in.n), Message: fmt.Sprintf(message, in.n),
	}
	if in.n%3 != 0 {
		s.Key = fmt.Sprintf("key-%d", in.n)
	}
	if in.n%2 == 0 {
		s.BizID = ""
	}
	return s
}

// push is the same for the same number.
func (w *waybill) push(n uint8) wechat.CancelWaybill {
	return wechat.CancelWaybill{
		ToUserName: userName, FromUserName: openID, CreateTime: 1_700_000_000 + int64(n), Event: wechat.EventCancelWaybill,
		BizID: w.merchant, BizPwd: password, ShopAppID: "wxshop", OrderID: w.order, WayBillID: w.number,
	}
}

// know notes the identities of the pushes of a plan, by which reads name them.
func (w *waybill) know(p plan) {
	for _, list := range p {
		for _, in := range list {
			if in.what == cancel {
				w.pushes[fmt.Sprintf("%x", w.push(in.n).Identity())] = in.n
			}
		}
	}
}
