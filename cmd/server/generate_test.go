package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

//go:generate go test -run ^TestGeneratedTables$ -count=1 . -update

// tables are those of the documents that are written from the program. Each stands in
// one page of docs/, between two markers with its name.
var tables = map[string]func(*testing.T) string{
	"results of a cancel":             func(*testing.T) string { return expressResults(decided[0]) },
	"results of a booking":            func(*testing.T) string { return expressResults(decided[1]) },
	"results of an account":           func(*testing.T) string { return expressResults(decided[2]) },
	"results of an instant delivery":  func(*testing.T) string { return instantResults() },
	"statuses of an instant delivery": func(*testing.T) string { return statusTable() },
	"what may follow a status":        func(*testing.T) string { return transitionTable() },
	"failures":                        func(*testing.T) string { return failureTable() },
	"events":                          eventTable,
	"actions":                         func(*testing.T) string { return actionTable() },
	"calls":                           callTable,
	"settings":                        settingTable,
	"metrics":                         metricTable,
	"codes of the wechat api":         func(*testing.T) string { return codeTable() },
	"personal data":                   func(*testing.T) string { return personalTable() },
	"nodes":                           nodeTable,
	"what goes to the wechat api":     func(*testing.T) string { return sentTable() },
}

func init() {
	for _, kind := range importKinds {
		tables["columns of "+kind.name] = func(*testing.T) string { return columnTable(kind) }
	}
}

var generated = regexp.MustCompile(`(?s)<!-- generated: ([a-z ]+) -->\n(.*?)<!-- end: ([a-z ]+) -->\n`)

// The tables in the documents are what the program says now. `go generate ./cmd/server`
// writes them.
func TestGeneratedTables(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	must(t, err)
	var found []string
	for _, page := range pages {
		text := read(t, page)
		fresh := generated.ReplaceAllStringFunc(text, func(block string) string {
			m := generated.FindStringSubmatch(block)
			name := m[1]
			if tables[name] == nil || m[3] != name {
				t.Errorf("%s: the table %q is not known, or ends as %q", page, name, m[3])
				return block
			}
			found = append(found, name)
			return "<!-- generated: " + name + " -->\n" + tables[name](t) + "<!-- end: " + name + " -->\n"
		})
		switch {
		case fresh == text:
		case *update:
			must(t, os.WriteFile(page, []byte(fresh), 0o644))
		default:
			t.Errorf("%s is not what the program says now: run go generate ./cmd/server, and read the diff\n%s", page, firstDifference(text, fresh))
		}
	}
	for name := range tables {
		if n := len(slices.DeleteFunc(slices.Clone(found), func(f string) bool { return f != name })); n != 1 {
			t.Errorf("the table %q stands in docs/ %d times, want once", name, n)
		}
	}
}

// firstDifference shows the first lines in which two texts differ.
func firstDifference(was, is string) string {
	old, now := strings.Split(was, "\n"), strings.Split(is, "\n")
	i := 0
	for i < min(len(old), len(now))-1 && old[i] == now[i] {
		i++
	}
	return "- " + old[i] + "\n+ " + now[i]
}

// table writes a table of Markdown.
func table(head []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			text.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		text.WriteString("|\n")
	}
	line(head)
	line(slices.Repeat([]string{"---"}, len(head)))
	for _, row := range rows {
		line(row)
	}
	return text.String()
}

func code(text string) string { return "`" + text + "`" }
