package api_test

import (
	"bytes"
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

// routes are Gin's, with the paths of the document.
func routes() (all []string) {
	e := gin.New()
	api.New(api.Options{Log: zap.NewNop(), Metrics: prometheus.NewRegistry()}).Mount(e)
	for _, r := range e.Routes() {
		all = append(all, r.Method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}"))
	}
	return all
}

// TestEveryRouteIsDocumented and every documented route exists.
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

// TestDocumentIsWellFormed: it is OpenAPI 3.1 as far as client generators need it.
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
		names := []string{"openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs"}
		if !slices.Contains(names, key) && !strings.HasPrefix(key, "x-") {
			t.Errorf("%s is nothing of OpenAPI", key)
		}
	}
	ids := map[string]bool{}
	for path, item := range theDocument.paths() {
		item := item.(map[string]any)
		for key := range item {
			if key == "parameters" {
				continue
			}
			if !slices.Contains(operations, key) {
				t.Errorf("%s: %s is no method", path, key)
				continue
			}
			theDocument.operationHolds(t, path, key, item, ids)
		}
	}
}

func (d *document) operationHolds(t *testing.T, path, method string, item map[string]any, ids map[string]bool) {
	t.Helper()
	op := item[method].(map[string]any)
	id, _ := op["operationId"].(string)
	if id == "" || ids[id] {
		t.Errorf("%s: operationId %q", path, id)
	}
	ids[id] = true
	if op["summary"] == "" || len(op["responses"].(map[string]any)) == 0 {
		t.Errorf("%s: no summary or no responses", id)
	}
	for status := range op["responses"].(map[string]any) {
		r, _ := d.at("paths", path, method, "responses", status)
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

// TestReferencesLead: every $ref resolves, every component is used, every schema
// compiles, and examples are valid.
func TestReferencesLead(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	walk(theDocument.doc, func(v map[string]any) {
		if ref, ok := v["$ref"].(string); ok {
			used[ref] = true
			if found, _ := theDocument.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...); found == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
	})
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

// TestDocumentListsAll: the document has the values of packages waybill and delivery,
// and no others.
func TestDocumentListsAll(t *testing.T) {
	t.Parallel()
	list := func(keys ...string) []string {
		v, _ := theDocument.at(append([]string{"components", "schemas"}, keys...)...)
		return slices.Sorted(slices.Values(problemNames(v)))
	}
	for _, a := range waybill.Actions() {
		described, _ := theDocument.at("components", "schemas", "Scan", "properties", "action_type", "description")
		if text := fmt.Sprintf("%d %s", a, a.Text()); !strings.Contains(described.(string), text) {
			t.Errorf("%q is not explained", text)
		}
	}
	for name, both := range map[string][2][]string{
		"order statuses":    {texts(delivery.Statuses()), list("OrderStatus", "enum")},
		"delivery verdicts": {texts(refusing(delivery.Verdicts())), theDocument.deliveryProblems()},
		"actions":           {texts(waybill.Actions()), list("Scan", "properties", "action_type", "enum")},
		"states":            {texts(waybill.Statuses()), list("State", "enum")},
		"verdicts":          {texts(refusing(waybill.Verdicts())), list("VerdictProblem", "properties", "type", "enum")},
	} {
		slices.Sort(both[0])
		if !slices.Equal(both[0], both[1]) {
			t.Errorf("%s: there are %v, documented %v", name, both[0], both[1])
		}
	}
}

// texts are values as JSON has them, without quotes.
func texts[T any](values []T) (all []string) {
	for _, v := range values {
		text, _ := json.Marshal(v)
		all = append(all, strings.Trim(string(text), `"`))
	}
	return all
}

// problemNames are values as texts, those that are types of problems without what all
// types begin with.
func problemNames(values any) (names []string) {
	for _, text := range texts(values.([]any)) {
		names = append(names, strings.TrimPrefix(text, "urn:carrierhook:problem:"))
	}
	return names
}

// refusing are the verdicts that are problems.
func refusing[V interface{ Good() bool }](verdicts []V) []V {
	return slices.DeleteFunc(slices.Clone(verdicts), V.Good)
}

// deliveryProblems are those that an operation's responses have as a
// DeliveryProblem.
func (d *document) deliveryProblems() (names []string) {
	walk(d.doc["paths"], func(v map[string]any) {
		all, _ := v["allOf"].([]any)
		if len(all) == 2 && all[0].(map[string]any)["$ref"] == "#/components/schemas/DeliveryProblem" {
			kind := all[1].(map[string]any)["properties"].(map[string]any)["type"].(map[string]any)
			names = append(names, problemNames(kind["enum"])...)
		}
	})
	slices.Sort(names)
	return names
}

// TestDocumentIsServed without a token, and not again to a client that has it.
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
