package wechat

// lenient reads what a merchant wrote and WeChat passed on unread. It has no
// faults: what has the wrong shape counts as not being there, and the rule answers
// as to an order that lacks it. A push refused for it would only come again. (What
// makes a document none at all, such as a text given twice, parse has refused.)
type lenient struct{ v *value } // nil: there is nothing

func (l lenient) member(name string) *value {
	if l.v == nil {
		return nil
	}
	return l.v.member(name)
}

// text is a text or a number, exactly as received. Objects and lists have none.
func (l lenient) text(name string) string {
	if m := l.member(name); m != nil {
		return string(m.text)
	}
	return ""
}

// part is an object. WeChat's tables say list where its samples show one object,
// so a list of one is taken too. Of several, nobody can say which one is meant.
// What is no object has no members to find.
func (l lenient) part(name string) lenient {
	m := l.member(name)
	if m != nil && m.kind == list && len(m.children) == 1 {
		m = &m.children[0]
	}
	return lenient{m}
}

// lines are the items of a list; one object alone is a list of one. An item that
// is no object stays in its place, as one without members: to drop it would make
// good what is wrong.
func (l lenient) lines(name string) []value {
	m := l.member(name)
	switch {
	case m == nil:
		return nil
	case m.kind == list:
		return m.children
	case m.kind == object:
		return []value{*m}
	}
	return nil
}
