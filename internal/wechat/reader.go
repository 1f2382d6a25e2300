package wechat

import "carrierhook/internal/wechat/packet"

// reader takes the members of a push out of it and keeps the first fault, so that a
// message can be read in one expression. What it returns is a copy: an id that is
// kept keeps no packet in memory, and no password.
type reader struct {
	doc   *packet.Node
	check Check
	err   error // a *Refusal
}

func (r *reader) str(name string) string {
	b, err := r.doc.Bytes(name)
	r.keep(err)
	return copied(b)
}

func (r *reader) trimmed(name string) string {
	b, err := r.doc.Trimmed(name)
	r.keep(err)
	return copied(b)
}

func (r *reader) integer(name string) int64 {
	n, err := r.doc.Integer(name)
	r.keep(err)
	return n
}

func (r *reader) keep(err error) {
	if err != nil && r.err == nil {
		r.err = refuse(r.check, "%v", err)
	}
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
