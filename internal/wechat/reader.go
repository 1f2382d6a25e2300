package wechat

import "carrierhook/internal/wechat/packet"

// reader takes the members of a push out of it and keeps the first fault, so that a
// message can be read in one expression. What it returns is a copy: an id that is
// kept keeps no packet in memory, and no password.
type reader struct {
	doc  *packet.Node
	sent int64 // the query's timestamp
	err  error // a *Refusal
}

func (r *reader) str(name string) string {
	b, err := r.doc.Bytes(name)
	r.keep(err)
	return copied(b)
}

func (r *reader) keep(err error) {
	if err != nil && r.err == nil {
		r.err = refuse(CheckMessage, "%v", err)
	}
}

// OddTime is a CreateTime that is no whole number, and what it says instead: mostly
// nothing. It still tells a push from its repeats.
type OddTime struct {
	Odd  bool
	Text string
}

// created reads CreateTime, in whose place the reply has when the push was sent if it is
// odd. An odd one is a fault only where pushes are told apart by it, and only if nobody can
// say what it is.
func (r *reader) created(identifies bool) (int64, OddTime) {
	n, err := r.doc.Integer("CreateTime")
	if err == nil {
		return n, OddTime{}
	}
	b, err := r.doc.Trimmed("CreateTime")
	if identifies {
		r.keep(err)
	}
	return r.sent, OddTime{Odd: true, Text: string(b)}
}

// text is the CreateTime of a message as its identity has it.
func (o OddTime) text(created int64) string {
	if o.Odd {
		return o.Text
	}
	return decimal(created)
}

// copied is string(b). What every push says needs no copy.
func copied(b []byte) string {
	switch string(b) {
	case "event":
		return "event"
	case EventCancelWaybill:
		return EventCancelWaybill
	case EventAddWaybill:
		return EventAddWaybill
	case EventAddOrder:
		return EventAddOrder
	case EventReaddOrder:
		return EventReaddOrder
	case EventPrecreateOrder:
		return EventPrecreateOrder
	case EventCancelOrder:
		return EventCancelOrder
	case EventQueryOrder:
		return EventQueryOrder
	}
	return string(b)
}
