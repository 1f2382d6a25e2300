package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// anchors are the names by which GitHub knows a document's headings.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])] = true
	}
	return all
}

// Every link from a document to a file, or to a heading, leads somewhere.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	followed := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, page), ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads to no file", page, m[1])
			} else if anchor != "" && !anchors(read(t, file))[anchor] {
				t.Errorf("%s: the link %s leads to no heading", page, m[1])
			}
			followed++
		}
	}
	if followed < 100 {
		t.Errorf("found only %d links", followed)
	}
}

// Every target of make and every command of the program that a document names exists.
// What the commands answer is tested where the documents show it.
func TestDocsCommands(t *testing.T) {
	t.Parallel()
	makefile, root := read(t, "../../Makefile"), command()
	named := 0
	for _, page := range pages(t) {
		text := read(t, page)
		for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z-]*)").FindAllStringSubmatch(text, -1) {
			if named++; !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s names make %s", page, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`bin/server ([a-z]+(?: [a-z]+)?)`).FindAllStringSubmatch(text, -1) {
			if cmd, _, err := root.Find(strings.Fields(m[1])); err != nil || cmd == root {
				t.Errorf("%s names the command %s", page, m[1])
			}
			named++
		}
	}
	if named < 30 {
		t.Errorf("found only %d commands", named)
	}
}

// The README is an overview.
func TestREADMEIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(read(t, readme), "\n"); n > 200 {
		t.Errorf("README.md has %d lines, more than 200", n)
	}
}
