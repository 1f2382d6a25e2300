package wechat

import "carrierhook/internal/wechat/packet"

// members goes through the members of a message, either to read them out of a push or to
// write them as WeChat sends them: what is read and what is written is one table.
type members struct {
	reader // of what WeChat itself writes, and of ids
	part   // of what the merchant wrote
}

// part is an object of a message.
type part struct {
	from packet.Tolerant
	to   *writer // nil: it is read
}

func reading(r reader) *members  { return &members{r, part{from: packet.Tolerant{Node: r.doc}}} }
func writing(w *writer) *members { return &members{part: part{to: w}} }
func (p part) marked() part      { p.from.Mark = true; return p }
func (p part) writes() bool      { return p.to != nil }

// form is how a text is written.
type form uint8

const (
	asText         form = iota
	asTextOrNone        // left out if it is empty
	asBareText          // not in CDATA
	asFigure            // a number where it looks like one, and a text where not, so that rubbish can be sent too
	asFigureOrNone      // left out if it is empty
)

// header is what every message starts with.
func (m *members) header(to, from *string, created *int64, odd *OddTime, event *string) {
	if m.writes() {
		m.to.common(*to, *from, *created, *event)
		return
	}
	*to, *from, *event = m.str("ToUserName"), m.str("FromUserName"), m.str("Event")
	*created, *odd = m.created(changes(*event))
}

// id is a text that is read strictly.
func (m *members) id(name string, s *string, f form) {
	if m.writes() {
		m.text(name, s, f)
		return
	}
	*s = m.str(name)
}

// text is one that nothing is wrong with, to WeChat.
func (p part) text(name string, s *string, f form) {
	switch {
	case !p.writes():
		*s = p.from.Text(name)
	case f == asText:
		p.to.Str(name, *s)
	case f == asTextOrNone:
		p.to.StrOmitEmpty(name, *s)
	case f == asBareText:
		p.to.BareStr(name, *s)
	case f == asFigure:
		p.to.Figure(name, *s)
	case f == asFigureOrNone:
		p.to.FigureOmitEmpty(name, *s)
	}
}

// object begins an object, which has to be ended.
func (p part) object(name string) part {
	if p.writes() {
		p.to.Object(name)
		return p
	}
	return part{from: p.from.Part(name)}
}

func (p part) end(name string) {
	if p.writes() {
		p.to.EndObject(name)
	}
}

// list is a list of objects; an empty one is not written.
func list[T any](p part, name string, all *[]T, item func(part, *T)) {
	if p.writes() {
		if len(*all) > 0 {
			p.to.List(name, len(*all), func(i int) { item(p, &(*all)[i]) })
		}
		return
	}
	lines := p.from.Items(name)
	if len(lines) > 0 {
		*all = make([]T, len(lines))
	}
	for i := range lines {
		item(part{from: p.from.Of(&lines[i])}, &(*all)[i])
	}
}
