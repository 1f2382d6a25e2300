package wechat

// Tolerant reads what a merchant wrote and WeChat passed on unread. It has no
// faults: what has the wrong shape counts as not being there, and the rule answers
// as to an order that lacks it. A push refused for it would only come again. (What
// makes a document none at all, such as a text given twice, parse has refused.)
type Tolerant struct{ v *Node } // nil: there is nothing

func (l Tolerant) member(name string) *Node {
	if l.v == nil {
		return nil
	}
	return l.v.Member(name)
}

// Text is a text or a number, exactly as received. Objects and lists have none.
func (l Tolerant) Text(name string) string {
	if m := l.member(name); m != nil {
		return string(m.Text)
	}
	return ""
}

// Part is an object. WeChat's tables say list where its samples show one object,
// so a list of one is taken too. Of several, none is the one that is meant.
// What is no object has no members to find.
func (l Tolerant) Part(name string) Tolerant {
	m := l.member(name)
	if m != nil && m.Kind == List && len(m.Children) == 1 {
		m = &m.Children[0]
	}
	return Tolerant{m}
}

// Items are the items of a list; one object alone is a list of one. An item that
// is no object stays in its place, as one without members: to drop it would make
// good what is wrong.
func (l Tolerant) Items(name string) []Node {
	m := l.member(name)
	switch {
	case m == nil:
		return nil
	case m.Kind == List:
		return m.Children
	case m.Kind == Object:
		return []Node{*m}
	}
	return nil
}
