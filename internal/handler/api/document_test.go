package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler/api"
	"carrierhook/internal/waybill"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

var operations = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// routes are what Gin has, as the document would have it.
func routes() (all []string) {
	e := gin.New()
	api.New(api.Options{Log: zap.NewNop(), Metrics: prometheus.NewRegistry()}).Mount(e)
	for _, r := range e.Routes() {
		all = append(all, r.Method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}"))
	}
	return all
}

// TestEveryRouteIsDocumented, and every documented one is there.
func TestEveryRouteIsDocumented(t *testing.T) {
	t.Parallel()
	var documented []string
	for path, item := range theDocument.paths() {
		for key := range item.(map[string]any) {
			if slices.Contains(operations, key) {
				documented = append(documented, strings.ToUpper(key)+" "+path)
			}
		}
	}
	there := routes()
	slices.Sort(there)
	slices.Sort(documented)
	if !slices.Equal(there, documented) {
		t.Errorf("\nrouted     %v\ndocumented %v", there, documented)
	}
}

// TestDocumentIsWellFormed: it is OpenAPI 3.1 as far as clients are made of it.
func TestDocumentIsWellFormed(t *testing.T) {
	t.Parallel()
	doc := theDocument.doc
	if v, _ := doc["openapi"].(string); !regexp.MustCompile(`^3\.1\.\d+$`).MatchString(v) {
		t.Errorf("openapi: %v", doc["openapi"])
	}
	info := doc["info"].(map[string]any)
	if info["title"] == "" || info["version"] == "" || doc["jsonSchemaDialect"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("info %v, dialect %v", info, doc["jsonSchemaDialect"])
	}
	for key := range doc {
		known := []string{"openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs"}
		if !slices.Contains(known, key) && !strings.HasPrefix(key, "x-") {
			t.Errorf("%s is nothing of OpenAPI", key)
		}
	}
	ids := map[string]bool{}
	for path, item := range theDocument.paths() {
		item := item.(map[string]any)
		for key, op := range item {
			if key == "parameters" {
				continue
			}
			if !slices.Contains(operations, key) {
				t.Errorf("%s: %s is no method", path, key)
				continue
			}
			theDocument.operationHolds(t, path, item, op.(map[string]any), ids)
		}
	}
}

func (d *document) operationHolds(t *testing.T, path string, item, op map[string]any, ids map[string]bool) {
	t.Helper()
	id, _ := op["operationId"].(string)
	if id == "" || ids[id] {
		t.Errorf("%s: operationId %q", path, id)
	}
	ids[id] = true
	if op["summary"] == "" || len(op["responses"].(map[string]any)) == 0 {
		t.Errorf("%s: no summary or no responses", id)
	}
	for status := range op["responses"].(map[string]any) {
		r, _ := d.at("paths", path, methodOf(item, id), "responses", status)
		if response, ok := r.(map[string]any); !ok || response["description"] == "" || response["description"] == nil {
			t.Errorf("%s: %s has no description", id, status)
		}
		if !regexp.MustCompile(`^[1-5]\d\d$`).MatchString(status) {
			t.Errorf("%s: status %s", id, status)
		}
	}
	var inPath, seen []string
	shared, _ := item["parameters"].([]any)
	own, _ := op["parameters"].([]any)
	for _, p := range append(slices.Clone(shared), own...) {
		p := p.(map[string]any)
		name := p["name"].(string)
		if slices.Contains(seen, name) || p["schema"] == nil || p["description"] == "" {
			t.Errorf("%s: parameter %s is there twice, or says nothing", id, name)
		}
		seen = append(seen, name)
		if p["in"] == "path" {
			inPath = append(inPath, "{"+name+"}")
			if p["required"] != true {
				t.Errorf("%s: %s may be left out of the path", id, name)
			}
		}
	}
	wanted := regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1)
	slices.Sort(wanted)
	slices.Sort(inPath)
	if !slices.Equal(wanted, inPath) {
		t.Errorf("%s: the path has %v, the parameters are %v", id, wanted, inPath)
	}
	d.securityHolds(t, id, op)
}

// securityHolds: each operation says which scope it needs.
func (d *document) securityHolds(t *testing.T, id string, op map[string]any) {
	t.Helper()
	security, given := op["security"].([]any)
	if !given || len(security) == 0 && id != "getDocument" {
		t.Errorf("%s says nothing of security", id)
	}
	for _, needed := range security {
		for scheme := range needed.(map[string]any) {
			if found, _ := d.at("components", "securitySchemes", scheme); found == nil {
				t.Errorf("%s: no scheme %s", id, scheme)
			}
		}
	}
}

func methodOf(item map[string]any, id string) string {
	for key, op := range item {
		if op, ok := op.(map[string]any); ok && op["operationId"] == id {
			return key
		}
	}
	return ""
}

// TestReferencesLead: every $ref leads somewhere, everything that can be referred to
// is, every schema compiles, and its examples are such.
func TestReferencesLead(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
				if found, _ := theDocument.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...); found == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(theDocument.doc)
	components := theDocument.doc["components"].(map[string]any)
	for _, kind := range []string{"schemas", "responses"} {
		for name, c := range components[kind].(map[string]any) {
			if !used["#/components/"+kind+"/"+name] {
				t.Errorf("nothing refers to %s", name)
			}
			if kind != "schemas" {
				continue
			}
			schema := theDocument.schema(t, "/components/schemas/"+name)
			examples, _ := c.(map[string]any)["examples"].([]any)
			for _, e := range examples {
				if err := schema.Validate(e); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// TestDocumentListsAll: the document has the words that packages waybill and
// delivery have, and no others.
func TestDocumentListsAll(t *testing.T) {
	t.Parallel()
	list := func(keys ...string) (words []string) {
		v, _ := theDocument.at(append([]string{"components", "schemas"}, keys...)...)
		for _, word := range v.([]any) {
			text, _ := json.Marshal(word)
			words = append(words, strings.TrimPrefix(strings.Trim(string(text), `"`), "urn:carrierhook:problem:"))
		}
		slices.Sort(words)
		return words
	}
	var actions, states, refusals []string
	for _, a := range waybill.Actions() {
		text, _ := json.Marshal(a)
		actions = append(actions, string(text))
		said, _ := theDocument.at("components", "schemas", "Scan", "properties", "action_type", "description")
		if !strings.Contains(said.(string), string(text)+" "+a.Words()) {
			t.Errorf("action %d is not explained", a)
		}
	}
	for _, s := range waybill.Statuses() {
		states = append(states, string(s))
	}
	for _, v := range waybill.Verdicts() {
		if !v.Good() {
			refusals = append(refusals, string(v))
		}
	}
	var orderStatuses, halts []string
	for _, s := range delivery.Statuses() {
		orderStatuses = append(orderStatuses, fmt.Sprint(int(s)))
	}
	for _, v := range delivery.Verdicts() {
		if !v.Good() {
			halts = append(halts, string(v))
		}
	}
	for name, both := range map[string][2][]string{
		"order statuses": {orderStatuses, list("OrderStatus", "enum")},
		"halts":          {halts, theDocument.deliveryProblems()},
		"actions":        {actions, list("Scan", "properties", "action_type", "enum")},
		"states":         {states, list("State", "enum")},
		"verdicts":       {refusals, list("VerdictProblem", "properties", "type", "enum")},
	} {
		slices.Sort(both[0])
		if !slices.Equal(both[0], both[1]) {
			t.Errorf("%s: there are %v, documented %v", name, both[0], both[1])
		}
	}
}

// deliveryProblems are those that an operation's responses have as a
// DeliveryProblem.
func (d *document) deliveryProblems() (names []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			all, _ := v["allOf"].([]any)
			if len(all) == 2 && all[0].(map[string]any)["$ref"] == "#/components/schemas/DeliveryProblem" {
				kind := all[1].(map[string]any)["properties"].(map[string]any)["type"].(map[string]any)
				for _, name := range kind["enum"].([]any) {
					names = append(names, strings.TrimPrefix(name.(string), "urn:carrierhook:problem:"))
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(d.doc["paths"])
	slices.Sort(names)
	return names
}

// TestDocumentIsServed as it is, to everybody, and not again to whoever has it.
func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("openapi.json")
	must(t, err)
	s := newServer(t)
	req := httptest.NewRequest("GET", "/v1/openapi.json", nil) // without a token
	w := s.do(t, req)
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), file) {
		t.Errorf("status %d, %d bytes of %d", w.Code, w.Body.Len(), len(file))
	}
	tag := w.Header().Get("ETag")
	for sent, status := range map[string]int{
		tag: http.StatusNotModified, "W/" + tag: http.StatusNotModified, `"x", ` + tag: http.StatusNotModified,
		"*": http.StatusNotModified, `"x"`: http.StatusOK, strings.Trim(tag, `"`): http.StatusOK,
	} {
		req := httptest.NewRequest("GET", "/v1/openapi.json", nil)
		req.Header.Set("If-None-Match", sent)
		if w := s.do(t, req); w.Code != status {
			t.Errorf("If-None-Match %s: status %d, want %d", sent, w.Code, status)
		}
	}
}

// TestEverythingIsLimitedInTime: every call of the store has a deadline.
func TestEverythingIsLimitedInTime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	asked := 0
	s.store.before = func(ctx context.Context, call any) error {
		asked++
		if _, ok := ctx.Deadline(); !ok {
			t.Errorf("%T has no deadline", call)
		}
		return nil
	}
	for _, c := range calls {
		s.call(t, c.method, c.target, c.body)
	}
	if asked != len(calls) {
		t.Errorf("%d of %d requests called the store", asked, len(calls))
	}
}
