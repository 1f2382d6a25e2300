package api_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/event"
)

// TestEventBodies: the bodies that the store writes, of every kind, are as the document says,
// as webhooks and in the feed, and the document has no other kinds.
func TestEventBodies(t *testing.T) {
	t.Parallel()
	webhooks := theDocument.doc["webhooks"].(map[string]any)
	documented := slices.Sorted(maps.Keys(webhooks))
	var kinds []string
	for _, k := range append(event.Kinds(), event.Test) {
		kinds = append(kinds, string(k))
	}
	if slices.Sort(kinds); !slices.Equal(kinds, documented) {
		t.Errorf("documented are %v, there are %v", documented, kinds)
	}
	test := event.Event{Kind: event.Test, Body: event.Body{Source: event.Source{Token: "gate"}}}
	seen := map[string]bool{}
	golden, err := os.ReadFile("../../event/testdata/bodies.golden") // written by the tests of package store
	must(t, err)
	for line := range strings.Lines(string(golden) + "endpoint.test\t\t" + string(test.AppendJSON(nil))) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		kind, body := fields[0], []byte(fields[2])
		theDocument.valid(t, "/webhooks/"+kind+"/post/requestBody/content/application~1json/schema", body)
		if kind != string(event.Test) {
			theDocument.valid(t, "/components/schemas/Event", body)
		}
		for _, other := range documented {
			if other != kind && theDocument.schema(t, "/webhooks/"+other+"/post/requestBody/content/application~1json/schema").Validate(jsonOf(t, body)) == nil {
				t.Errorf("a body of %s may be one of %s", kind, other)
			}
		}
		if len(body) > 20_000 {
			t.Errorf("%s: %d bytes", kind, len(body))
		}
		seen[kind] = true
	}
	for _, kind := range documented {
		if !seen[kind] {
			t.Errorf("%s: no body", kind)
		}
	}
}

// TestEventBodySize: however long the ids are, a body is small.
func TestEventBodySize(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\x01", 512) // which JSON writes in six bytes each
	e := event.Event{Kind: event.WaybillScanRefused, Account: long[:128], Body: event.Body{
		BizID: long[:128], WaybillID: long[:128], OrderID: long, ShopAppID: long[:128], ShopID: long[:128], ShopOrderID: long, ShopNo: long[:128],
		Reason: long[:64], Source: event.Source{Push: long[:64], Token: long[:32], Server: long[:32]},
	}}
	if n := len(e.AppendJSON(nil)); n > 20_000 {
		t.Errorf("%d bytes", n)
	}
}
