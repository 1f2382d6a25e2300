package wechat

// reader takes the members of a packet out of it and keeps the first fault, so
// that a message can be read in one expression.
type reader struct {
	doc   *Node
	check Check
	err   error
}

func (r *reader) str(name string) string {
	s, err := r.doc.str(name, r.check)
	r.keep(err)
	return s
}

func (r *reader) word(name string) string {
	s, err := r.doc.Word(name, r.check)
	r.keep(err)
	return s
}

func (r *reader) integer(name string) int64 {
	n, err := r.doc.Integer(name, r.check)
	r.keep(err)
	return n
}

func (r *reader) keep(err error) {
	if err != nil && r.err == nil {
		r.err = err
	}
}
