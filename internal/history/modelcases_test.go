package history

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// at is an operation between two moments; an end of 0 is none.
func at(call, end int64, what string, n uint8, answer string) operation {
	o := operation{input: input{what, n}, output: output{answer: answer}, call: time.Duration(call), end: time.Duration(end)}
	if end == 0 {
		o.end = never
	}
	return o
}

// withStatus is at for a scan whose answer has the waybill's status as well.
func withStatus(call, end int64, what string, n uint8, answer, status string) operation {
	o := at(call, end, what, n, answer)
	o.status = status
	return o
}

func saw(call, end int64, s state) operation {
	return operation{input: input{read, 0}, output: output{answer: seen, seen: s}, call: time.Duration(call), end: time.Duration(end)}
}

// Histories that can have happened, and ones that cannot: the answers in each
// case that is bad is what this package is there to find.
func TestModel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ok  bool
		ops []operation
	}{
		"nothing": {true, nil},
		"a cancel, and the same again": {true, []operation{
			at(1, 2, cancel, 1, done), at(3, 4, cancel, 1, done), at(5, 6, cancel, 2, over)}},
		"the same push after it won is told 30003": {false, []operation{
			at(1, 2, cancel, 1, done), at(3, 4, cancel, 1, over)}},
		"two pushes win":              {false, []operation{at(1, 9, cancel, 1, done), at(1, 9, cancel, 2, done)}},
		"nobody wins":                 {false, []operation{at(1, 9, cancel, 1, over), at(1, 9, cancel, 2, over)}},
		"a pickup, then a cancel":     {true, []operation{at(1, 2, collect, 1, recorded), at(3, 4, cancel, 1, moving)}},
		"a cancel, then a pickup":     {true, []operation{at(1, 2, cancel, 1, done), at(3, 4, collect, 1, cancelled)}},
		"at once, the cancel wins":    {true, []operation{at(1, 9, collect, 1, cancelled), at(1, 9, cancel, 1, done)}},
		"at once, the pickup wins":    {true, []operation{at(1, 9, collect, 1, recorded), at(1, 9, cancel, 1, moving)}},
		"at once, both win":           {false, []operation{at(1, 9, collect, 1, recorded), at(1, 9, cancel, 1, done)}},
		"at once, neither wins":       {false, []operation{at(1, 9, collect, 1, cancelled), at(1, 9, cancel, 1, moving)}},
		"a pickup is forgotten":       {false, []operation{at(1, 2, collect, 1, recorded), at(3, 4, cancel, 1, done)}},
		"a cancel is forgotten":       {false, []operation{at(1, 2, cancel, 1, done), at(3, 4, collect, 1, recorded)}},
		"refused before the pickup":   {false, []operation{at(1, 2, cancel, 1, moving), at(3, 4, collect, 1, recorded)}},
		"a scan twice":                {true, []operation{at(1, 2, collect, 1, recorded), at(3, 4, collect, 1, repeated)}},
		"a scan is recorded twice":    {false, []operation{at(1, 2, collect, 1, recorded), at(3, 4, collect, 1, recorded)}},
		"a scan is repeated at first": {false, []operation{at(1, 2, collect, 1, repeated)}},
		"a scan is told what it did": {true, []operation{
			withStatus(1, 2, collect, 1, recorded, collected), withStatus(3, 4, collect, 1, repeated, collected)}},
		"a scan is told what was before": {false, []operation{withStatus(1, 2, collect, 1, recorded, booked)}},
		"a repeated scan is told what was then": {false, []operation{
			withStatus(1, 2, collect, 1, recorded, collected), at(3, 4, withdraw, 2, recorded), withStatus(5, 6, collect, 1, repeated, collected)}},
		"a refused scan is told another status": {false, []operation{
			at(1, 2, cancel, 1, done), withStatus(3, 4, collect, 1, cancelled, booked)}},
		"two scans, both new":           {true, []operation{at(1, 9, collect, 1, recorded), at(1, 9, collect, 2, recorded)}},
		"assigned, then cancelled":      {true, []operation{at(1, 2, assign, 1, recorded), at(3, 4, cancel, 1, done)}},
		"assigned, then refused":        {false, []operation{at(1, 2, assign, 1, recorded), at(3, 4, cancel, 1, moving)}},
		"a scan again, cancelled since": {true, []operation{at(1, 2, assign, 1, recorded), at(3, 4, cancel, 1, done), at(5, 6, assign, 1, repeated), at(7, 8, assign, 2, cancelled)}},
		"a known scan is refused":       {false, []operation{at(1, 2, assign, 1, recorded), at(3, 4, cancel, 1, done), at(5, 6, assign, 1, cancelled)}},
		"withdrawn": {true, []operation{
			at(1, 2, collect, 1, recorded), at(3, 4, withdraw, 2, recorded), at(5, 6, cancel, 1, over), at(7, 8, collect, 3, cancelled)}},
		"signed": {true, []operation{
			at(1, 2, sign, 1, recorded), at(3, 4, cancel, 1, moving), at(5, 6, withdraw, 2, signed), at(7, 8, collect, 3, recorded)}},
		"withdrawn after it was signed": {false, []operation{at(1, 2, sign, 1, recorded), at(3, 4, withdraw, 2, recorded)}},

		"a read before and after": {true, []operation{
			saw(1, 2, state{status: booked}), at(3, 4, cancel, 1, done), saw(5, 6, state{cancelled, 1, 0})}},
		"a read that is late":       {false, []operation{at(1, 2, cancel, 1, done), saw(3, 4, state{status: booked})}},
		"a read of another push":    {false, []operation{at(1, 2, cancel, 1, done), saw(3, 4, state{cancelled, 2, 0})}},
		"a read that lacks a scan":  {false, []operation{at(1, 2, assign, 1, recorded), saw(3, 4, state{status: booked})}},
		"a read that has too much":  {false, []operation{at(1, 2, assign, 1, recorded), saw(3, 4, state{booked, 0, 1<<1 | 1<<2})}},
		"two reads, back and forth": {false, []operation{at(1, 9, collect, 1, recorded), saw(2, 3, state{collected, 0, 2}), saw(4, 5, state{status: booked})}},

		"unknown, and it happened": {true, []operation{at(1, 0, cancel, 1, unknown), saw(3, 4, state{cancelled, 1, 0})}},
		"unknown, and it did not":  {true, []operation{at(1, 0, cancel, 1, unknown), saw(3, 4, state{status: booked})}},
		"unknown, and it happened late": {true, []operation{
			at(1, 0, cancel, 1, unknown), saw(3, 4, state{status: booked}), at(5, 6, assign, 1, recorded), at(7, 8, cancel, 1, done)}},
		"unknown, seen, and gone again": {false, []operation{
			at(1, 0, cancel, 1, unknown), saw(3, 4, state{cancelled, 1, 0}), saw(5, 6, state{status: booked})}},
		"unknown, and before it was asked": {false, []operation{saw(1, 2, state{cancelled, 1, 0}), at(3, 0, cancel, 1, unknown)}},
		"unknown, then told both ways":     {false, []operation{at(1, 0, cancel, 1, unknown), at(3, 4, cancel, 2, over), at(5, 6, collect, 1, recorded)}},
		"an unknown scan, then repeated":   {true, []operation{at(1, 0, collect, 1, unknown), at(3, 4, collect, 1, repeated)}},
		"an unknown scan, then recorded":   {true, []operation{at(1, 0, collect, 1, unknown), at(3, 4, collect, 1, recorded)}},
		"an unknown scan wins, and a cancel is told that it won": {false, []operation{
			at(1, 0, collect, 1, unknown), at(3, 4, cancel, 1, moving), at(5, 6, cancel, 2, done)}},

		"it says that it kept nothing": {true, []operation{at(1, 2, collect, 1, nothing), at(3, 4, cancel, 1, done)}},
		"it kept something after all":  {false, []operation{at(1, 2, collect, 1, nothing), at(3, 4, cancel, 1, moving)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := check(c.ops); (got == porcupine.Ok) != c.ok {
				t.Errorf("the verdict is %s", got)
			}
		})
	}
}

// A server that does one thing after the other is always right, whatever of its
// answers is lost; and whoever changes one answer of it is found out more often
// than not.
func TestModelAgainstOneAtATime(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	const rounds = 500
	for range rounds {
		ops := oneAtATime(r)
		if got := check(ops); got != porcupine.Ok {
			t.Fatalf("%s:\n%s", got, story(ops))
		}
		lie := &ops[r.IntN(len(ops))]
		for _, answer := range []string{done, moving, over, recorded, repeated, cancelled} {
			if lie.answer != answer && lie.answer != unknown && lie.answer != seen {
				lie.answer = answer
				break
			}
		}
		if check(ops) == porcupine.Illegal {
			found++
		}
	}
	if found < rounds/3 {
		t.Errorf("%d of %d lies were found out", found, rounds)
	}
}

// oneAtATime is a history of a server that takes each question at some moment
// between its call and its end.
func oneAtATime(r *rand.Rand) (ops []operation) {
	s := state{status: booked}
	whats := []string{cancel, cancel, assign, collect, collect, sign, withdraw, read, read}
	for i := range 12 {
		moment := int64(100 + 10*i)
		o := at(moment-r.Int64N(40), moment+1+r.Int64N(40), whats[r.IntN(len(whats))], uint8(1+r.IntN(3)), "")
		before := s
		o.answer, s = s.tell(o.input)
		switch {
		case o.what == read:
			o.seen = before
		case r.IntN(6) == 0:
			o.answer, o.end = unknown, never
			if r.IntN(2) == 0 {
				s = before // it never happened
			}
		}
		ops = append(ops, o)
	}
	return ops
}

// Many requests whose outcome nobody learned do not make a history too long to check.
func TestManyUnknown(t *testing.T) {
	t.Parallel()
	var ops []operation
	for n := range uint8(30) {
		ops = append(ops, operation{input: input{cancel, n + 2}, output: output{answer: unknown}, call: time.Duration(n), end: never})
	}
	ops = append(ops,
		operation{input: input{what: read}, output: output{answer: seen, seen: state{status: booked}}, call: 40, end: 41},
		operation{input: input{cancel, 1}, output: output{answer: done}, call: 42, end: 43},
		operation{input: input{what: read}, output: output{answer: seen, seen: state{status: cancelled, by: 1}}, call: 44, end: 45})
	if got := check(ops); got != porcupine.Ok {
		t.Errorf("it is %v", got)
	}
}
