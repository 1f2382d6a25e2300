package wechat

import (
	"slices"
	"strconv"
)

// Strict reads a reply as strictly as WeChat may: each member there, of its
// documented type, and none besides. We send replies, so nothing excuses them;
// pushes are read with more tolerance.
type Strict struct {
	doc    *Node
	format Format
	check  Check
	names  []string
	err    error // the first fault
}

func (r *Strict) Str(name string) string {
	m := r.Member(name)
	if m == nil {
		return ""
	}
	if r.format == JSON && m.Bare {
		r.Fail("%s is not a string", name)
	}
	return string(m.Text)
}

func (r *Strict) Num(name string) int64 {
	m := r.Member(name)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(m.Text), 10, 64)
	if err != nil || !m.Bare || m.Text[0] == '+' {
		r.Fail("%s is not a bare whole number", name)
	}
	return n
}

func (r *Strict) Member(name string) *Node {
	r.names = append(r.names, name)
	m := r.doc.Member(name)
	if m == nil || m.Kind != Scalar {
		r.Fail("%s is missing or not a scalar", name)
		return nil
	}
	return m
}

// Done returns the first fault, or that there is a member that was not read.
func (r *Strict) Done() error {
	for _, m := range r.doc.Children {
		if !slices.Contains(r.names, string(m.Name)) {
			r.Fail("the reply has a member that WeChat does not document")
		}
	}
	return r.err
}

func (r *Strict) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = refuse(r.check, format, args...)
	}
}
