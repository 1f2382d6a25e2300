package conformance

import (
	"context"
	"errors"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// session runs the cases in one format.
type session struct {
	Options
	format   wechat.Format
	platform *sandbox.Platform // sends once
	patient  *sandbox.Platform // sends again when there is no answer
	seen     *examiner
	waybills *pool
	user     string
	sent     int64
	down     bool   // not even a right push is answered
	forged   string // what a push with a wrong signature got under HTTP 2xx, see taken

	cancelled *wechat.CancelWaybill // by the case code_0
	signed    wechat.Query          // of that
	last      wechat.Query          // of the last push

	unanswered map[string]bool    // events that get no reply at all
	numbers    *sandbox.Numbers   // WeChat's, if a range of them is given
	gives      bool               // the carrier gives numbers itself
	booked     *booking           // by the case add_0, or add_wechat_number
	toCancel   map[string]booking // what the carrier has booked

	instant instantRun
	noCall  string // why no case about calls but the first would say anything
}

// maxSent is more than the pushes of one format. Each has a second of its own.
const maxSent = 480

func newSession(o Options, f wechat.Format, user string, waybills *pool) (*session, error) {
	p, err := sandbox.New(o.URL, o.Account, f)
	if err != nil {
		return nil, err
	}
	p.Patience, p.Client, p.Now, p.Tries = o.Patience, o.Client, o.Now, 1
	patient := *p
	patient.Tries = 2
	seen, err := newExaminer(p.Sender, o.Account, f, o.secrets())
	if err != nil {
		return nil, err
	}
	return &session{
		Options: o, format: f, platform: p, patient: &patient, seen: seen, user: user, waybills: waybills,
		unanswered: map[string]bool{}, toCancel: map[string]booking{}, instant: instantRun{toCancel: map[string]placement{}},
	}, nil
}

// next is the CreateTime of the next push, which no other has. They lie in the
// past: a run makes more of them than it takes seconds.
func (s *session) next() int64 {
	s.sent++
	return s.Now().Unix() - 2*maxSent + s.sent
}

// cancel is a cancel_waybill.
func (s *session) cancel(w Waybill) wechat.CancelWaybill {
	m := wechat.CancelWaybill{
		ToUserName: s.Account.UserName, FromUserName: s.user, CreateTime: s.next(), Event: wechat.EventCancelWaybill,
		BizID: w.BizID, BizPwd: w.BizPwd, ShopAppID: w.ShopAppID, OrderID: w.OrderID, WayBillID: w.WayBillID,
	}
	s.tune(&m.FromUserName, func() probe { return s.cancelProbe(m) })
	return m
}

// tune makes a push so long that it needs at most 16 bytes of padding. More is a
// case of its own; elsewhere it would only make half of all cases fail on a server
// that cannot take it.
func (s *session) tune(from *string, about func() probe) {
	*from += strings.Repeat("x", max(0, s.pad(about())-16))
}

// unknownCancel is a cancel of nothing.
func (s *session) unknownCancel() wechat.CancelWaybill { return s.cancel(unknownWaybill) }

// pad is how many bytes of padding the push gets.
func (s *session) pad(q probe) int {
	return 32 - (20+len(q.packet)+len(s.Account.AppID))%32
}

// push sends a push, examines every reply, and returns what could be read of them.
func (s *session) push(ctx context.Context, c Case, p *sandbox.Platform, q probe, f sandbox.Fault) ([]packet, sandbox.PushResult, error) {
	d, err := p.Push(ctx, q.packet, f)
	s.last = d.Query
	if len(d.Answers) == 0 {
		return nil, d, err // the examiner judges answers, not Deliver
	}
	var replies []packet
	var unread []error
	for _, a := range d.Answers {
		reply, err := s.seen.answer(c.Name, d.Query, q, a)
		if err != nil {
			unread = append(unread, err)
			continue
		}
		replies = append(replies, reply)
		if code, ok := reply.code(); ok && code == 0 && q.booked != nil {
			q.booked(reply)
		}
	}
	return replies, d, errors.Join(unread...)
}
