package csvimport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxNamed is how many lines a report or an error names.
const maxNamed = 100

// again is what to do when an import stopped half way.
const again = "what was loaded stays, and importing the whole file again is safe"

// Report says what an import did. Every line of the file after the header is counted
// once: as inserted, updated, unchanged or backwards.
type Report struct {
	Lines     int64
	Inserted  int64
	Updated   int64
	Unchanged int64

	// Removed is how many rows a file that replaces its table no longer has.
	Removed int64

	// Lines that would have moved a waybill's status backwards. They were left
	// out; the first 100 by line number are named.
	Backwards      []Problem
	BackwardsCount int64
}

// Error lists what is wrong with a file. It never shows a password or a secret, nor
// any other cell of a file of merchants or of shops, but the id of a shop that is
// stored: in a file whose columns are mixed up the secret may be in any of them.
type Error struct {
	Problems []Problem // the first 100 by line number
	Count    int64     // all of them

	// Loaded is how many lines had been loaded. It is 0 unless another transaction
	// wrote to the database meanwhile: the file is checked before it is loaded.
	Loaded int64
}

// Problem is one thing that is wrong with a line.
type Problem struct {
	Line   int64  // of the file; the first is 1
	Column string // empty: the line as a whole
	Text   string
}

// String is the problem as a sentence for people.
func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	}
	return fmt.Sprintf("line %d, column %s: %s", p.Line, p.Column, p.Text)
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Loaded == 0 {
		b.WriteString("nothing was loaded")
	} else {
		fmt.Fprintf(&b, "the import stopped after %d lines, because the database changed meanwhile; %s", e.Loaded, again)
	}
	for _, p := range e.Problems {
		b.WriteString("\n" + p.String())
	}
	if more := e.Count - int64(len(e.Problems)); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// problems collects problems and counts those that it does not keep.
type problems struct {
	first []Problem
	count int64
}

func (p *problems) add(line int64, column, text string) {
	p.count++
	p.first = append(p.first, Problem{line, column, text})
	if len(p.first) > 2*maxNamed {
		p.first = p.named()
	}
}

// named are the first by line number.
func (p *problems) named() []Problem {
	slices.SortStableFunc(p.first, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return p.first[:min(len(p.first), maxNamed)]
}

// err is nil when there is no problem.
func (p *problems) err(loaded int64) error {
	if p.count == 0 {
		return nil
	}
	return &Error{Problems: p.named(), Count: p.count, Loaded: loaded}
}
