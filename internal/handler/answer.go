package handler

import (
	"context"
	"strconv"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// answer is what one push gets, and what its log line and metrics say.
type answer struct {
	account     *Account  // whose push it is
	row         *event    // nil: an event that is never decided
	begun       time.Time // when the push's first byte came
	memory      int64     // bytes that the push takes while it is in flight
	binding     *ledger.Binding
	body        []byte
	contentType string
	refusal     error // why the push gets no packet: the store found its signature bound to another

	event, format, mode, result string // metric labels
	failure                     string // why nothing was decided, or empty
	level                       zapcore.Level
	fields                      []zap.Field
	space                       [12]zap.Field // for them: the longest log line has so many
}

// answer decides one push by the function that its event has in the table. Where
// nothing is offered and no reply documented there is no packet: WeChat takes the
// bare word success for "nothing to say".
func (p *Push) answer(ctx context.Context, to *Account, push *wechat.Push, begun time.Time, size int) (*answer, error) {
	a := &answer{
		account: to, begun: begun, memory: memoryOf(int64(size), push.Size()), binding: (*ledger.Binding)(push.Binding),
		event: push.EventName(), format: push.Format.String(), mode: push.Mode.String(),
	}
	a.fields = a.space[:0]
	function := (*Push).notOffered
	if e := events[a.event]; e != nil {
		a.row, a.event = e, e.name
		if !e.instant() || p.Instant != nil {
			function = e.function
		}
	}
	packet, err := function(p, ctx, push, a)
	if a.refusal != nil {
		err = a.refusal
	}
	if err != nil {
		return a, err
	}
	if packet == nil {
		a.result, a.body, a.contentType = "success", []byte("success"), "text/plain; charset=utf-8"
		return a, nil
	}
	a.contentType = push.Format.ContentType()
	a.body, err = push.Seal(packet)
	return a, err
}

// push is what the ledger keeps of the push.
func (a *answer) push(id ledger.PushID) ledger.Push {
	return ledger.Push{ID: id, Account: a.account.Receiver.UserName(), Event: a.event, Format: a.format, Mode: a.mode, Received: a.begun, Binding: a.binding}
}

// log puts more into the push's one log line.
func (a *answer) log(fields ...zap.Field) { a.fields = append(a.fields, fields...) }

// id is an id from outside as the log has it, cut so that it cannot fill it.
func id(key, value string) zap.Field {
	const maxLogged = 128
	if len(value) > maxLogged {
		value = value[:maxLogged] + "…"
	}
	return zap.String(key, value)
}

// result is the result code and text of a decision, or of a failure to decide, and
// notes which of them it is. A decision against the merchant is no failure of ours,
// also where WeChat has the same number for both. field is the member of a refused push
// that is wrong, "" if it is none: the merchant's developers and the carrier's support
// read its name, and nobody its value.
func (p *Push) result(a *answer, reason, field string, err error) (code int, text string) {
	r := otherError
	if err != nil {
		p.fail(a, err)
	} else {
		r = a.row.result(reason)
		a.log(zap.String("reason", reason))
	}
	a.result = strconv.Itoa(r.Code)
	text = r.text(p.Language)
	if field != "" && err == nil && r.Code != 0 {
		a.log(zap.String("field", field))
		text += ": " + field
	}
	return r.Code, text
}

// repeated notes whether a decision was made by the same push, or for the same
// order, before.
func (p *Push) repeated(a *answer, repeat bool, err error) {
	if err != nil {
		return
	}
	a.log(zap.Bool("repeat", repeat))
	if repeat {
		p.Metrics.repeats.Inc()
	}
}
