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

	// Backwards are lines that would have moved a waybill's status backwards. They were
	// left out.
	Backwards Problems
}

// add counts lines that are loaded.
func (r *Report) add(done Report) {
	r.Inserted += done.Inserted
	r.Updated += done.Updated
	r.Unchanged += done.Unchanged
	r.Removed += done.Removed
	r.Backwards.merge(done.Backwards)
}

// Error lists what is wrong with a file. It never shows a password or a secret, nor
// any other cell of a file of merchants or of shops, but the id of a shop that is
// stored: in a file whose columns are mixed up the secret may be in any of them.
type Error struct {
	Problems

	// Loaded is how many lines had been loaded. It is 0 unless another transaction
	// wrote to the database meanwhile: the file is checked before it is loaded.
	Loaded int64
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Loaded == 0 {
		b.WriteString("nothing was loaded")
	} else {
		fmt.Fprintf(&b, "the import stopped after %d lines, because the database changed meanwhile; %s", e.Loaded, again)
	}
	for _, p := range e.First {
		b.WriteString("\n" + p.String())
	}
	if more := e.More(); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// Problems are the first 100 problems by line number, and how many there are.
type Problems struct {
	First []Problem
	Count int64
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

// More is how many problems are not named.
func (p *Problems) More() int64 { return p.Count - int64(len(p.First)) }

// add puts a problem behind the others of its line.
func (p *Problems) add(line int64, column, text string) {
	p.Count++
	at, _ := slices.BinarySearchFunc(p.First, line+1, func(p Problem, line int64) int { return cmp.Compare(p.Line, line) })
	p.First = slices.Insert(p.First, at, Problem{line, column, text})
	p.First = p.First[:min(len(p.First), maxNamed)]
}

func (p *Problems) merge(more Problems) {
	for _, m := range more.First {
		p.add(m.Line, m.Column, m.Text)
	}
	p.Count += more.More()
}

// err is nil when there is no problem.
func (p *Problems) err(loaded int64) error {
	if p.Count == 0 {
		return nil
	}
	return &Error{Problems: *p, Loaded: loaded}
}
