package storetest

import (
	"strings"
	"testing"
)

// WantErasedBy expects that a statement that erases what is old finds it by an index: the
// plan has these parts. The statement takes a time and the size of a chunk, or two ends
// of one.
func (d Database) WantErasedBy(t *testing.T, sql string, parts ...string) {
	t.Helper()
	sql = strings.NewReplacer("$1", "now() - interval '100 hours'", "$2", "1000", "$3", "2000").Replace(sql)
	text := strings.Join(d.Texts(t, `EXPLAIN `+sql), "\n")
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("the plan has no %s:\n%s", part, text)
		}
	}
	if strings.Contains(text, "Seq Scan") || strings.Contains(text, "Sort") {
		t.Errorf("it reads a whole table, or sorts:\n%s", text)
	}
}
