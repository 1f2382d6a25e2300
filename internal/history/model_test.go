package history

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"
)

// state is all that answers say of one waybill.
type state struct {
	status string // in the words of the API
	by     uint8  // which push cancelled it; 0: none
	scans  uint16 // which scans are in its trace, a bit for each
}

// What an operation does.
const (
	cancel   = "cancel"   // a push of cancel_waybill
	assign   = "assign"   // a scan that says nothing of where the parcel is
	collect  = "collect"  // a scan: the courier has it
	sign     = "sign"     // a scan: the receiver has it
	withdraw = "withdraw" // a scan: the carrier's own systems cancelled it
	read     = "read"
)

// input is a request. Pushes and scans are counted from 1 within their
// waybill; the same number is the same push, or the same scan, once more.
type input struct {
	what string
	n    uint8
}

// Answers. A cancel is answered by its result code.
const (
	done      = "0"
	moving    = "30002"
	over      = "30003"
	recorded  = "recorded"
	repeated  = "repeated"
	cancelled = "cancelled" // also the status
	signed    = "signed"    // also the status
	seen      = "seen"      // to a read; output has what
	nothing   = "nothing"   // the server says that it kept nothing
	unknown   = "unknown"   // no answer, or -1: it may have happened, or may yet
)

// Statuses that are not answers as well.
const (
	booked    = "booked"
	collected = "collected"
)

type output struct {
	answer string
	seen   state
	status string // of the waybill, where the answer to a scan has it
}

// tell is what a waybill in state s makes of a request when there is no other:
// its answer, and the state after it.
func (s state) tell(in input) (string, state) {
	switch in.what {
	case read:
		return seen, s
	case cancel:
		return s.cancel(in.n)
	}
	bit := uint16(1) << in.n
	switch {
	case s.scans&bit != 0:
		return repeated, s
	case s.status == cancelled:
		return cancelled, s
	case s.status == signed && in.what == withdraw:
		return signed, s
	}
	s.scans |= bit
	switch {
	case in.what == withdraw:
		s.status = cancelled
	case in.what == sign:
		s.status = signed
	case in.what == collect && s.status == booked:
		s.status = collected
	}
	return recorded, s
}

func (s state) cancel(push uint8) (string, state) {
	switch {
	case s.status == booked:
		return done, state{cancelled, push, s.scans}
	case s.status == cancelled && s.by == push:
		return done, s
	case s.status == cancelled:
		return over, s
	}
	return moving, s
}

// step tells whether an operation can happen now. One whose outcome is unknown
// always can, and does what it would have done. That it may also never happen
// needs no second branch: such an operation has no end, and one that happens
// after all the others is seen by none of them.
func step(now, in, out any) (bool, any) {
	s, o := now.(state), out.(output)
	answer, next := s.tell(in.(input))
	switch o.answer {
	case unknown:
		return true, next
	case nothing:
		return true, s
	case seen:
		return answer == seen && o.seen == s, s
	}
	return answer == o.answer && (o.status == "" || o.status == next.status), next
}

// model is one waybill, from its booking on.
var model = porcupine.Model{
	Init:              func() any { return state{status: booked} },
	Step:              step,
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v: %v", in, out) },
	DescribeState:     func(s any) string { return s.(state).String() },
}

func (s state) String() string {
	text := s.status
	if s.by != 0 {
		text += fmt.Sprintf(" by push %d", s.by)
	}
	var scans []string
	for n := range 16 {
		if s.scans&(1<<n) != 0 {
			scans = append(scans, fmt.Sprint(n))
		}
	}
	if scans != nil {
		text += ", scans " + strings.Join(scans, " ")
	}
	return text
}

func (i input) String() string {
	if i.what == read {
		return read
	}
	return fmt.Sprintf("%s %d", i.what, i.n)
}

func (o output) String() string {
	if o.answer == seen {
		return o.seen.String()
	}
	if o.status != "" && o.status != o.answer {
		return o.answer + ", " + o.status
	}
	return o.answer
}
