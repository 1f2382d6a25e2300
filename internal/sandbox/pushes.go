package sandbox

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// Push is what was sent and what came back, for the developer to see. It has
// no password. Of instant delivery, BizID is the shop's id, and it holds no personal
// data either.
type Push struct {
	At        time.Time    `json:"at"`
	Event     string       `json:"event"`
	BizID     string       `json:"biz_id"`
	OrderID   string       `json:"order_id"`
	WaybillID string       `json:"waybill_id"`
	Fault     Fault        `json:"fault,omitempty"`
	Sent      string       `json:"sent"` // the packet before it was sealed
	Tries     int          `json:"tries"`
	Answers   []pushAnswer `json:"answers"`
	Took      string       `json:"took"`

	ResultCode *int   `json:"result_code,omitempty"`
	ResultMsg  string `json:"result_msg,omitempty"`
	Error      string `json:"error,omitempty"`

	password string
	personal []string                                 // hidden wherever the carrier repeats it
	show     func([]byte, func(string) string) string // what may be shown of an answer's packet; nil: all but the above
}

type pushAnswer struct {
	Status int    `json:"status"`
	Packet string `json:"packet"` // opened, if it could be
	Took   string `json:"took"`
}

// Begin takes the fault that the push is to have. p says what it is about, sent is
// the packet.
func (a *API) Begin(p Push, password wechat.Password, sent []byte) *Push {
	p.At, p.Fault, p.password = a.Now().UTC(), a.fault.take(), string(password)
	p.Sent = p.hide(string(sent))
	return &p
}

// Conceal hides texts of people wherever the carrier repeats them. show is what may be
// shown of an answer's packet, and gets what hides the texts in a part of it.
func (p *Push) Conceal(personal []string, show func(packet []byte, conceal func(string) string) string) {
	p.personal, p.show = personal, show
}

// End completes the push, remembers it and writes its line to the log: without
// the packets, which have OpenIDs in them. code and msg are the reply's, unless
// err says that there was no right one.
func (a *API) End(p *Push, d PushResult, code int, msg string, err error) {
	p.Tries, p.Took, p.Answers = d.Tries, d.Took.Round(time.Microsecond).String(), []pushAnswer{}
	for _, answer := range d.Answers {
		packet := answer.Opened
		if packet == nil {
			packet = answer.Body
		}
		shown := string(packet)
		if p.show != nil {
			shown = p.show(packet, p.conceal)
		}
		p.Answers = append(p.Answers, pushAnswer{answer.Status, p.hide(shown), answer.Took.Round(time.Microsecond).String()})
	}
	outcome := "answered"
	switch {
	case errors.Is(err, ErrNoAnswer):
		outcome = "no answer"
	case err != nil:
		outcome = "wrong answer"
	}
	if err != nil {
		p.Error = p.hide(err.Error())
	} else {
		p.ResultCode, p.ResultMsg = &code, p.hide(msg)
	}
	fields := []zap.Field{
		zap.String("event", p.Event), zap.String("biz_id", p.BizID), zap.String("order_id", p.OrderID), zap.String("waybill_id", p.WaybillID),
		zap.String("fault", string(p.Fault)), zap.Int("tries", p.Tries), zap.String("outcome", outcome), zap.Duration("took", d.Took),
	}
	if p.ResultCode != nil {
		fields = append(fields, zap.Int("result", *p.ResultCode))
	}
	a.log.Info("pushed", fields...)
	a.pushes.add(*p)
}

// maxShown is how much of a packet is remembered. Real ones are far smaller.
const maxShown = 16 << 10

// hide makes a text fit to be remembered.
func (p *Push) hide(s string) string {
	s = p.conceal(s)
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + " ... (cut)"
	}
	return s
}

// conceal replaces what must not be shown.
func (p *Push) conceal(s string) string {
	return Conceal(s, append([]string{p.password}, p.personal...)...)
}

// maxPushes is how many are remembered. The oldest is forgotten first.
const maxPushes = 200

// pushes remembers the last ones.
type pushes struct {
	mu   sync.Mutex
	list []Push
}

func (l *pushes) add(p Push) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == maxPushes {
		l.list = slices.Delete(l.list, 0, 1)
	}
	l.list = append(l.list, p)
}

func (l *pushes) all() []Push {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Push{}, l.list...)
}

func (l *pushes) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}
