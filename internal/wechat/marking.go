package wechat

// unreadable stands for what is there in a shape that it cannot have, such as an
// object where a text is due. It is a text that the rule takes for nothing, be it a
// name, a figure or a flag: a control character, and one that XML can carry.
const unreadable = "\x7f"

// marking reads what a merchant filled in and WeChat passed on unread. It has no faults,
// as Tolerant has none: a push refused for it would only come again. But what is there
// and has the wrong shape is not as if it were not there. An order that asks for an
// insurance in an unreadable way must not be placed without one, nor may other
// goods pass for the same: it reads as unreadable, and the rule answers.
type marking struct {
	v         *Node // an object; nil: there is none
	misshapen bool  // there is something else: each member is unreadable
}

// markingOf is what m holds. Nothing at all, null and an empty text are no object and
// not misshapen: in XML an empty object looks like them.
func markingOf(m *Node) marking {
	switch {
	case m == nil || m.Kind == Scalar && blank(m.Text):
		return marking{}
	case m.Kind == Object:
		return marking{v: m}
	}
	return marking{misshapen: true}
}

func (f marking) member(name string) *Node {
	if f.v == nil {
		return nil
	}
	return f.v.Member(name)
}

// Text is a text or a number, exactly as received.
func (f marking) Text(name string) string {
	m := f.member(name)
	switch {
	case f.misshapen:
		return unreadable
	case m == nil:
		return ""
	case m.Kind != Scalar:
		return unreadable
	}
	return string(m.Text)
}

// Part is an object. WeChat's tables say list where its samples show one object, so
// a list of one is taken too. Of several, none is the one that is meant.
func (f marking) Part(name string) marking {
	m := f.member(name)
	switch {
	case f.misshapen:
		return f
	case m != nil && m.Kind == List && len(m.Children) == 1:
		m = &m.Children[0]
	}
	return markingOf(m)
}

// Items are the items of a list; one object alone is a list of one. Who has an object
// at all has the list in it, even if there is nothing in the list. An item that is
// nothing stays in its place: to drop it would make good what is wrong.
func (f marking) Items(name string) []marking {
	m := f.member(name)
	switch {
	case f.v == nil && !f.misshapen:
		return nil
	case m == nil || m.Kind == Scalar:
		return []marking{{misshapen: true}}
	case m.Kind == Object:
		return []marking{{v: m}}
	}
	items := make([]marking, len(m.Children))
	for i := range items {
		items[i] = markingOf(&m.Children[i])
	}
	return items
}
