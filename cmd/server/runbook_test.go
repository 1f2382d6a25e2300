package main

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
)

// Every word that the log gives as a check, a failure or a reason has a row in
// its section of the runbook.
func TestRunbookHasEveryWord(t *testing.T) {
	t.Parallel()
	for section, words := range map[string][]string{
		"## Refusals":                       handler.Checks(),
		"### Requests without a handler":    handler.UnhandledReasons(),
		"## Failures":                       handler.Failures(),
		"### Where nothing was decided":     {ledger.Ignored, ledger.NotOffered, ledger.Unreadable},
		"### Warnings of the configuration": config.WarningKinds(),
	} {
		rows := rowNames(sectionOf(read(t, runbook), section))
		for _, w := range words {
			if !slices.Contains(rows, w) {
				t.Errorf("docs/runbook.md, %s, has no row for %s", section, w)
			}
		}
	}
}

// The runbook has each reason of each event with its result code, and no other.
func TestReasonsDocumented(t *testing.T) {
	t.Parallel()
	for _, d := range decided {
		got := rowCodes(sectionOf(read(t, runbook), d.runbook))
		want := map[string]string{}
		for _, why := range d.reasons {
			want[string(why)] = strconv.Itoa(handler.ResultCode(d.event, string(why)))
		}
		if !maps.Equal(got, want) {
			t.Errorf("docs/runbook.md, %s, has the reasons and codes\n%v\nwant\n%v", d.runbook, got, want)
		}
	}
}

// Every query of the runbook is one that this schema understands.
func TestRunbookQueries(t *testing.T) {
	t.Parallel()
	conn := connect(t, withSamples(t))
	blocks := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(read(t, runbook), -1)
	if len(blocks) < 12 {
		t.Fatalf("found only %d", len(blocks))
	}
	for _, block := range blocks {
		// Several statements at once; what they change is taken back.
		if _, err := conn.PgConn().Exec(t.Context(), "BEGIN;"+block[1]+";ROLLBACK").ReadAll(); err != nil {
			t.Errorf("%v\n%s", err, block[1])
			_, err := conn.Exec(t.Context(), "ROLLBACK")
			must(t, err)
		}
	}
}
