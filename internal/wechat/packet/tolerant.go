package packet

// unreadable is the text of a member that is there in a shape that it cannot have,
// such as an object where a text is due, for a Tolerant reader that marks. No text of a
// document is this one: it is not UTF-8, and they are.
const unreadable = "\xff"

// Tolerant reads what a merchant wrote and WeChat passed on unread. It has no errors:
// a push refused for its content would only come again. What has the wrong shape
// counts as not being there, or reads as unreadable where Mark is set, and the rule
// answers.
//
// Mark is for orders where a part left out means something else: an order that wants
// an insurance in an unreadable way must not be placed without one. What programs write for
// nothing is nothing, marked or not. What is given twice is always marked: either of
// the two may be what is meant, and nothing may be.
type Tolerant struct {
	Node      *Node // an object; nil: there is none
	Mark      bool  // the wrong shape reads as unreadable
	misshapen bool  // there is something else than an object: each member has the wrong shape
}

// Of is the reader of another node with the same Mark. What is nothing is no object, and
// not the wrong shape.
func (t Tolerant) Of(n *Node) Tolerant {
	switch {
	case nothing(n):
		return Tolerant{Mark: t.Mark}
	case n.Kind == Object:
		return Tolerant{Node: n, Mark: t.Mark}
	}
	return Tolerant{Mark: t.Mark, misshapen: true}
}

// Text is a text or a number, exactly as received.
func (t Tolerant) Text(name string) string {
	m := t.Node.Member(name)
	switch {
	case m != nil && m.repeated:
		return unreadable
	case m != nil && m.Kind == Scalar:
		return string(m.Text)
	case t.Mark && (t.misshapen || !nothing(m)):
		return unreadable
	}
	return ""
}

// Part is an object. WeChat's tables say list where its samples show one object, so
// a list of one is taken too. Of several, none is the one that is meant.
func (t Tolerant) Part(name string) Tolerant {
	if t.misshapen {
		return t
	}
	m := t.Node.Member(name)
	if m != nil && m.repeated {
		return Tolerant{Mark: true, misshapen: true}
	}
	if m != nil && m.Kind == List && len(m.Children) == 1 {
		m = &m.Children[0]
	}
	return t.Of(m)
}

// nothing tells whether a node is not there, null, an empty text, an empty object or an empty
// list. Programs write each of them for what nobody set: in XML an empty object is
// an empty text, and in PHP an empty list.
func nothing(n *Node) bool {
	return n == nil || len(n.Children) == 0 && (n.Kind != Scalar || blank(n.Text))
}

// Items are the items of a list, for Of; one object alone is a list of one, and nothing is
// a list without items. Where Mark is set, an object with other members alone has one item of
// the wrong shape. An item that is no object stays in its place: to drop it would
// make good what is wrong.
func (t Tolerant) Items(name string) []Node {
	m := t.Node.Member(name)
	switch {
	case m != nil && m.repeated:
		return misshapenItems
	case nothing(t.Node) && !t.misshapen || m != nil && nothing(m):
		return nil
	case m != nil && m.Kind == List:
		return m.Children
	case m != nil && m.Kind == Object:
		return []Node{*m}
	case t.Mark && (t.Node != nil || t.misshapen):
		return misshapenItems
	}
	return nil
}

var misshapenItems = []Node{{Text: []byte(unreadable)}}
