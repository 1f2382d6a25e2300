package history

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// operation is one question and its answer. Times are since the run began, by a
// clock that never goes back.
type operation struct {
	input
	output
	call, end time.Duration
	client    int
	server    string // which one got the request
	note      string // what came back, where that was no answer

	cancelledAt string // the time in the answer
}

// never is the end of an operation whose outcome is unknown: it may happen at any
// time after it began.
const never = time.Duration(math.MaxInt64)

// check tells whether the operations on one waybill can have happened one after
// the other. Those whose outcome is unknown may happen after all others, so a history
// that can have happened without some of them can have happened with them. Each doubles
// what has to be searched: first those are left out that no answer needs.
func check(ops []operation) porcupine.CheckResult {
	needed := slices.DeleteFunc(slices.Clone(ops), func(o operation) bool {
		return o.answer == unknown && !slices.ContainsFunc(ops, func(other operation) bool { return other.tellsOf(o.input) })
	})
	if len(needed) < len(ops) && porcupine.CheckOperationsTimeout(model, asPorcupine(needed), patience) == porcupine.Ok {
		return porcupine.Ok
	}
	return porcupine.CheckOperationsTimeout(model, asPorcupine(ops), patience)
}

// tellsOf says whether an answer may show that a request happened: it is to the same
// request, or has seen what the request does.
func (o operation) tellsOf(in input) bool {
	switch {
	case o.answer == unknown || o.answer == nothing:
		return false
	case o.input == in:
		return true
	case o.what != read:
		return false
	case in.what == cancel:
		return o.seen.by == in.n
	}
	return o.seen.scans&(1<<in.n) != 0
}

func asPorcupine(ops []operation) []porcupine.Operation {
	history := make([]porcupine.Operation, len(ops))
	for i, o := range ops {
		history[i] = porcupine.Operation{
			ClientId: o.client, Input: o.input, Output: o.output, Call: int64(o.call), Return: int64(o.end),
		}
	}
	return history
}

// visualise writes the page with which porcupine shows what does not fit.
func visualise(ops []operation, file string) error {
	last := time.Duration(0)
	for _, o := range ops {
		if o.end != never {
			last = max(last, o.end, o.call)
		}
	}
	shown := slices.Clone(ops)
	for i := range shown { // a page that ends in three hundred years shows nothing
		if shown[i].end == never {
			shown[i].end = max(last, shown[i].call) + time.Millisecond
		}
	}
	_, info := porcupine.CheckOperationsVerbose(model, asPorcupine(shown), patience)
	return porcupine.VisualizePath(model, info, file)
}

// story is a history to be read, in the order of the calls.
func story(ops []operation) string {
	ops = slices.Clone(ops)
	slices.SortFunc(ops, func(a, b operation) int { return int(a.call - b.call) })
	var text strings.Builder
	for _, o := range ops {
		end := "      never"
		if o.end != never {
			end = fmt.Sprintf("%11.6f", o.end.Seconds())
		}
		fmt.Fprintf(&text, "%11.6f to %s  client %3d at %s  %-11v %v", o.call.Seconds(), end, o.client, o.server, o.input, o.output)
		if o.note != "" {
			fmt.Fprintf(&text, " (%s)", o.note)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
