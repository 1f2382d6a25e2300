package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

const (
	readme  = "../../README.md"
	runbook = "../../docs/runbook.md"
)

// No document names a metric that does not exist.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	names := []string{ // of two databases, an nginx zone and a network
		"carrierhook_restored", "carrierhook_before", "carrierhook_address", "carrierhook_front",
	}
	for _, m := range metrics(t) {
		names = append(names, m.name)
	}
	for _, file := range pages(t) {
		for _, m := range regexp.MustCompile(`\bcarrierhook_[a-z_]+`).FindAllString(read(t, file), -1) {
			if !slices.Contains(names, strings.TrimSuffix(m, "_bucket")) {
				t.Errorf("%s names the metric %s, which does not exist", file, m)
			}
		}
	}
}

// pages are the documents for people: README, CONTRIBUTING and all of docs/.
func pages(tb testing.TB) []string {
	tb.Helper()
	all := []string{readme, "../../CONTRIBUTING.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 5 {
			tb.Fatalf("%s: %q, %v", pattern, found, err)
		}
		all = append(all, found...)
	}
	return all
}

// decidedEvent is an event about express, and the runbook's section of its reasons.
type decidedEvent struct {
	event, runbook string
	reasons        []waybill.Reason
}

var decided = []decidedEvent{
	{wechat.EventCancelWaybill, "### Of a cancel", waybill.CancelReasons()},
	{wechat.EventAddWaybill, "### Of an order", waybill.BookReasons()},
	{wechat.EventCheckBiz, "### Of a bind", waybill.BindReasons()},
	{wechat.EventGetQuota, "### Of a question about an account", waybill.AccountReasons()},
}

// sectionOf is what stands below a heading, up to the next one that is not below
// it.
func sectionOf(text, heading string) string {
	_, text, _ = strings.Cut(text, "\n"+heading+"\n")
	level := strings.IndexByte(heading, ' ')
	if at := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, level)).FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	return text
}

// Every column that the store reads is explained, and no other.
func TestImportColumns(t *testing.T) {
	t.Parallel()
	for _, kind := range importKinds {
		says := maps.Clone(importColumns[kind.name])
		for _, c := range kind.columns() {
			if c.says == "" {
				t.Errorf("the column %s of %s is not explained", c.name, kind.name)
			}
			delete(says, c.name)
		}
		if len(says) > 0 || len(kind.columns()) < 3 {
			t.Errorf("%s has the columns %v, and not %v", kind.name, kind.columns(), says)
		}
	}
}

// rowCodes are the numbers in the second cells of a text's tables, by what the first
// cells have in backquotes.
func rowCodes(text string) map[string]string {
	codes := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (-?\\d+) \\|").FindAllStringSubmatch(text, -1) {
		codes[m[1]] = m[2]
	}
	return codes
}

// rowNames lists what the first cells of a text's tables have in backquotes.
func rowNames(text string) []string {
	var names []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func read(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(file)
	must(tb, err)
	return string(text)
}
