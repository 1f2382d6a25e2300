package wechat

// unreadable stands for what is there in a shape that it cannot have, such as an
// object where a text is due. It is a text that the rule takes for nothing, be it a
// name, a figure or a flag: a control character, and one that XML can carry.
const unreadable = "\x7f"

// form reads what a merchant filled in and WeChat passed on unread. It has no faults,
// as lenient has none: a push refused for it would only come again. But what is there
// and has the wrong shape is not as if it were not there. An order that asks for an
// insurance in a way that nobody can read must not go off without one, nor may other
// goods pass for the same: it reads as unreadable, and the rule answers.
type form struct {
	v         *value // an object; nil: there is none
	misshapen bool   // there is something else: each member is unreadable
}

// formOf is what m holds. Nothing at all, null and an empty text are no object and
// not misshapen: XML cannot tell an empty object from them.
func formOf(m *value) form {
	switch {
	case m == nil || m.kind == scalar && blank(m.text):
		return form{}
	case m.kind == object:
		return form{v: m}
	}
	return form{misshapen: true}
}

func (f form) member(name string) *value {
	if f.v == nil {
		return nil
	}
	return f.v.member(name)
}

// text is a text or a number, exactly as received.
func (f form) text(name string) string {
	m := f.member(name)
	switch {
	case f.misshapen:
		return unreadable
	case m == nil:
		return ""
	case m.kind != scalar:
		return unreadable
	}
	return string(m.text)
}

// part is an object. WeChat's tables say list where its samples show one object, so
// a list of one is taken too. Of several, nobody can say which one is meant.
func (f form) part(name string) form {
	m := f.member(name)
	switch {
	case f.misshapen:
		return f
	case m != nil && m.kind == list && len(m.children) == 1:
		m = &m.children[0]
	}
	return formOf(m)
}

// lines are the items of a list; one object alone is a list of one. Who has an object
// at all has the list in it, even if there is nothing in the list. An item that is
// nothing stays in its place: to drop it would make good what is wrong.
func (f form) lines(name string) []form {
	m := f.member(name)
	switch {
	case f.v == nil && !f.misshapen:
		return nil
	case m == nil || m.kind == scalar:
		return []form{{misshapen: true}}
	case m.kind == object:
		return []form{{v: m}}
	}
	items := make([]form, len(m.children))
	for i := range items {
		items[i] = formOf(&m.children[i])
	}
	return items
}
