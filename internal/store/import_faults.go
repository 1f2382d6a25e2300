package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// importNamed is how many lines a report or an error names.
const importNamed = 100

// ImportError lists what is wrong with a file. It never shows a password
// or a secret, nor any other cell of a file of merchants or of shops, but the id of
// a shop that is on record: in a file whose columns are mixed up the secret may stand
// anywhere.
type ImportError struct {
	Faults []ImportFault // the first 100 by line number
	Count  int64         // all of them

	// Loaded is how many lines had been loaded. It is 0 unless somebody else
	// wrote to the database meanwhile: the file is checked before it is loaded.
	Loaded int64
}

// ImportFault is one thing that is wrong with a line.
type ImportFault struct {
	Line    int64  // of the file; the first is 1
	Column  string // empty: the line as a whole
	Problem string
}

// String says the fault as a sentence for people.
func (f ImportFault) String() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Problem)
	}
	return fmt.Sprintf("line %d, column %s: %s", f.Line, f.Column, f.Problem)
}

// Error lists the faults, one a line.
func (e *ImportError) Error() string {
	var b strings.Builder
	if e.Loaded == 0 {
		b.WriteString("nothing was loaded")
	} else {
		fmt.Fprintf(&b, "the import stopped after %d lines, because the database changed meanwhile; %s", e.Loaded, importAgain)
	}
	for _, f := range e.Faults {
		b.WriteString("\n" + f.String())
	}
	if more := e.Count - int64(len(e.Faults)); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// importAgain is what somebody should know when an import stopped half way.
const importAgain = "what was loaded stays, and importing the whole file again is safe"

// importFaults collects faults and counts those that it does not keep.
type importFaults struct {
	first []ImportFault
	count int64
}

func (f *importFaults) add(fault ImportFault) {
	f.count++
	f.first = append(f.first, fault)
	if len(f.first) > 2*importNamed {
		f.first = firstByLine(f.first, ImportFault.line)
	}
}

// err is nil when there is no fault.
func (f *importFaults) err(loaded int64) error {
	if f.count == 0 {
		return nil
	}
	return &ImportError{Faults: firstByLine(f.first, ImportFault.line), Count: f.count, Loaded: loaded}
}

func (f ImportFault) line() int64 { return f.Line }

// firstByLine sorts list and keeps as much as is named.
func firstByLine[T any](list []T, line func(T) int64) []T {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(line(a), line(b)) })
	return list[:min(len(list), importNamed)]
}
