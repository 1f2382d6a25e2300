package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// tally counts what a run has done and met.
type tally struct {
	mu      sync.Mutex
	answers map[string]int // by request and answer
	faults  map[string]int // by kind: what each has hit
	other   map[string]int
}

func newTally() *tally {
	return &tally{answers: map[string]int{}, faults: map[string]int{}, other: map[string]int{}}
}

func (t *tally) answer(in input, out output) { t.add(t.answers, in.what+": "+out.answer, 1) }

// fault notes that a fault has hit something.
func (t *tally) fault(kind string, hits int) { t.add(t.faults, kind, hits) }

// note notes anything else.
func (t *tally) note(what string, n int) { t.add(t.other, what, n) }

// noteMax raises what is noted to n.
func (t *tally) noteMax(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.other[what] = max(t.other[what], n)
}

func (t *tally) add(in map[string]int, what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in[what] += n
}

func (t *tally) hits(kind string) int { return t.get(t.faults, kind) }

func (t *tally) noted(what string) int { return t.get(t.other, what) }

func (t *tally) get(from map[string]int, what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return from[what]
}

// operations are all answers, also those that say that there was none.
func (t *tally) operations() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, some := range t.answers {
		n += some
	}
	return n
}

// answered sums the answers with a name, to any request.
func (t *tally) answered(name string) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for what, some := range t.answers {
		if strings.HasSuffix(what, ": "+name) {
			n += some
		}
	}
	return n
}

// unknowns are the cancels and scans whose outcome no answer said.
func (t *tally) unknowns() int { return t.answered(unknown) - t.get(t.answers, read+": "+unknown) }

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var text strings.Builder
	for _, part := range []struct {
		title string
		of    map[string]int
	}{{"answers", t.answers}, {"faults, by what they hit", t.faults}, {"besides", t.other}} {
		fmt.Fprintf(&text, "%s:\n", part.title)
		for _, what := range slices.Sorted(maps.Keys(part.of)) {
			fmt.Fprintf(&text, "%10d  %s\n", part.of[what], what)
		}
	}
	return text.String()
}
