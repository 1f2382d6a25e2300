package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// privateWords are words of the right column of CONTRIBUTING's table that are never
// plain English in our documents.
var privateWords = regexp.MustCompile(`(?i)\b(clerk|desk|lane|gatherer|ticket|upkeep|keeper|sift|pace|ground)s?\b`)

// operatorWords are further ones, which no text of the program for operators needs.
// Prose in the documents may.
var operatorWords = regexp.MustCompile(`(?i)\b(told|asks?|asked|held|settle[sd]?|apart|passing|beaten|overtaken|lenient|traces?|at the most)\b`)

// noPrivateWord reports the words of a text that have others in CONTRIBUTING's table.
func noPrivateWord(t *testing.T, where, text string, words ...*regexp.Regexp) {
	t.Helper()
	text = strings.ReplaceAll(text, "_", " ") // in names
	for _, not := range words {
		if word := not.FindString(text); word != "" {
			t.Errorf("%s has the word %q: CONTRIBUTING.md, Words, has another\n%s", where, word, text)
		}
	}
}

// The documents use the words of CONTRIBUTING's table. The table itself, which names
// the others, is left out.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text := read(t, page)
		if table := sectionOf(text, "## Words"); table != "" {
			text = strings.Replace(text, table, "", 1)
		}
		for line := range strings.Lines(text) {
			noPrivateWord(t, page, line, privateWords)
		}
	}
	// The table names each word that is not to be used.
	rows := regexp.MustCompile(`[a-z]+`).FindAllString(sectionOf(read(t, "../../CONTRIBUTING.md"), "## Words"), -1)
	for _, word := range []string{
		"clerk", "desk", "lane", "gatherer", "ticket", "upkeep", "keeper", "sift", "pace", "ground",
		"told", "asked", "held", "settle", "apart", "passing", "beaten", "overtaken", "lenient", "trace", "most",
	} {
		if !slices.Contains(rows, word) {
			t.Errorf("CONTRIBUTING.md, Words, lacks %q", word)
		}
	}
}

// What operators read of the program itself has plain words: settings, metrics, log
// messages, warnings, failures, reasons and the command line's help.
func TestPlainWordsForOperators(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for line := range strings.Lines(read(t, "../../config.yaml")) {
		texts["config.yaml, "+strings.TrimSpace(line)] = line
	}
	for _, m := range metrics(t) {
		texts["the metric "+m.name] = m.name + " " + m.labels + " " + m.help
	}
	for _, message := range loggedMessages(t) {
		texts["the log's "+message] = message
	}
	for _, name := range slices.Concat(config.WarningKinds(), handler.Failures(), handler.Checks()) {
		texts["the word "+name] = name
	}
	for _, r := range slices.Concat(waybill.CancelReasons(), waybill.BookReasons()) {
		texts["the reason "+string(r)] = string(r) + " " + r.Text()
	}
	for _, r := range delivery.Reasons() {
		texts["the reason "+string(r)+" of instant delivery"] = string(r) + " " + r.Text()
	}
	helpOf(command(), texts)
	if len(texts) < 350 {
		t.Errorf("found only %d texts", len(texts))
	}
	for where, text := range texts {
		noPrivateWord(t, where, text, privateWords, operatorWords)
	}
}

// loggedMessages are what the runbook's tables of log lines explain.
func loggedMessages(t *testing.T) (all []string) {
	t.Helper()
	tables := regexp.MustCompile(`(?m)^\| log \|.*\n\| --- .*\n((?:\|.*\n)+)`).FindAllStringSubmatch(read(t, runbook), -1)
	for _, table := range tables {
		for row := range strings.Lines(table[1]) {
			cell, _, _ := strings.Cut(row[1:], "|")
			all = append(all, strings.TrimSpace(cell))
		}
	}
	if len(tables) < 6 || len(all) < 25 {
		t.Fatalf("found only %d tables with %q", len(tables), all)
	}
	return all
}

// helpOf gathers the help of a command and of all below it.
func helpOf(cmd *cobra.Command, texts map[string]string) {
	where := "the help of " + cmd.CommandPath()
	texts[where] = cmd.Use + " " + cmd.Short + " " + cmd.Long
	cmd.Flags().VisitAll(func(f *pflag.Flag) { texts[where+" --"+f.Name] = f.Name + " " + f.Usage })
	for _, sub := range cmd.Commands() {
		helpOf(sub, texts)
	}
}
