package wechat

import (
	"strings"
	"testing"
)

// TestFirstFault: of several faults the first is reported, and what is read after it
// does not hide it.
func TestFirstFault(t *testing.T) {
	t.Parallel()
	doc, _, err := parse([]byte(`{"A":"a","B":{},"C":[],"D":"d"}`), CheckMessage)
	must(t, err)
	r := reader{doc: doc}
	if r.str("A"); r.err != nil {
		t.Fatal(r.err)
	}
	r.str("B")
	r.str("C")
	r.created(true)
	r.str("D")
	if got := refusedBy(t, r.err, CheckMessage); !strings.HasPrefix(got.Detail, "B ") {
		t.Errorf("reported: %s", got.Detail)
	}
}
