package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shell understands as much of sh as our documents and greetings use: assignments,
// quotes, variables, pipes, and the programs curl, jq, date, tee, sed and ours. None
// of them need be installed.
type shell struct {
	tb       testing.TB
	vars     map[string]string
	me       string                      // how a line calls this program; may have spaces
	program  func(args ...string) string // what it says; nil where no line calls it
	onAnswer func(url, says string)      // gets every answer to curl; may be nil
	carrier  bool                        // curl calls the carrier's server, and not the sandbox
}

var assignment = regexp.MustCompile(`^([A-Z]+)=(.*)$`)

// do runs a line and returns what it says; ran is false for one that only sets a
// variable to a text, and for what is no command.
func (s *shell) do(line string) (says string, ran bool) {
	s.tb.Helper()
	m := assignment.FindStringSubmatch(line)
	if m == nil {
		for part := range strings.SplitSeq(line, " && ") {
			says += s.pipe(part)
		}
		return says, true
	}
	if inner, ok := strings.CutPrefix(m[2], "$("); ok {
		s.vars[m[1]] = strings.TrimRight(s.pipe(strings.TrimSuffix(inner, ")")), "\n")
		return s.vars[m[1]], true
	}
	s.vars[m[1]] = strings.Join(s.words(m[2]), " ")
	return "", false
}

// pipe runs commands, each on what the one before says.
func (s *shell) pipe(line string) (says string) {
	s.tb.Helper()
	for _, command := range strings.Split(line, " | ") {
		words := s.words(command)
		if len(words) == 0 {
			s.tb.Fatalf("no command: %s", line)
		}
		switch words[0] {
		case "curl":
			says = s.curl(words[1:])
		case "tee":
		case "date":
			says = strconv.FormatInt(time.Now().Unix(), 10)
		case "jq":
			says = s.jq(says)
		case "sed":
			says = s.sed(words[1:], says)
		default:
			args, ours := strings.CutPrefix(command, s.me+" ")
			if !ours || s.program == nil {
				s.tb.Fatalf("not understood: %s", command)
			}
			says = s.program(s.words(args)...)
		}
	}
	return says
}

// words takes a command apart, up to a comment.
func (s *shell) words(text string) (words []string) {
	var word strings.Builder
	begun, quote := false, byte(0)
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == 0 && !begun && c == '#':
			return words
		case quote == 0 && c == ' ':
			end()
			continue
		case quote == 0 && (c == '\'' || c == '"'), quote != 0 && c == quote:
			quote ^= c
		case quote == '"' && c == '\\' && strings.IndexByte(`"\$`, text[i+1]) >= 0:
			i++
			word.WriteByte(text[i])
		case quote != '\'' && strings.HasPrefix(text[i:], "$(date +%s)"):
			word.WriteString(strconv.FormatInt(time.Now().Unix(), 10))
			i += len("$(date +%s)") - 1
		case quote != '\'' && c == '$':
			name := regexp.MustCompile(`^[A-Z]+`).FindString(text[i+1:])
			word.WriteString(s.vars[name])
			i += len(name)
		default:
			word.WriteByte(c)
		}
		begun = true
	}
	end()
	return words
}

func (s *shell) curl(words []string) string {
	s.tb.Helper()
	method, url, body, header, shown := http.MethodGet, "", "", http.Header{}, true
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "-sS":
		case "-w":
			i++
		case "-o":
			i++
			shown = words[i] != "/dev/null"
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header.Set(name, value)
		case "-X":
			i++
			method = words[i]
		case "-d":
			i++
			body = words[i]
			if method == http.MethodGet {
				method = http.MethodPost
			}
		default:
			url = words[i]
		}
	}
	var says string
	if s.carrier {
		_, says, _ = fetch(s.tb, method, url, body, header)
	} else {
		says, _ = callSandbox(s.tb, method, url, body)
	}
	if s.onAnswer != nil {
		s.onAnswer(url, says)
	}
	if !shown {
		return ""
	}
	return says
}

// jq writes JSON as jq does without a filter.
func (s *shell) jq(says string) string {
	s.tb.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(says), "", "  "); err != nil {
		s.tb.Errorf("jq: %v\n%s", err, says)
	}
	return out.String()
}

var member = regexp.MustCompile(`^s/\.\*"(\w+)":"\\\(\[\^"\]\*\\\)"\.\*/\\1/p$`)

// sed takes the text of a member out of JSON.
func (s *shell) sed(words []string, says string) string {
	m := member.FindStringSubmatch(words[len(words)-1])
	if m == nil {
		s.tb.Fatalf("not understood: sed %q", words)
	}
	found := regexp.MustCompile(`"` + m[1] + `":"([^"]*)"`).FindStringSubmatch(says)
	if found == nil {
		return ""
	}
	return found[1]
}
