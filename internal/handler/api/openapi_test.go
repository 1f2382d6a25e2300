package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/handler/api"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is the API's description, and what was seen of it.
type document struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	patterns map[string]*regexp.Regexp // of the paths

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
	seen    map[string]bool // "GET /v1/pushes 200"
}

var theDocument = readDocument()

func readDocument() *document {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.Document))
	if err != nil {
		panic(err)
	}
	d := &document{
		doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(),
		patterns: map[string]*regexp.Regexp{}, schemas: map[string]*jsonschema.Schema{}, seen: map[string]bool{},
	}
	for path := range d.paths() {
		d.patterns[path] = regexp.MustCompile("^" + strings.NewReplacer("{", "(?P<", "}", ">[^/]+)", ".", `\.`).Replace(path) + "$")
	}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", doc); err != nil {
		panic(err)
	}
	return d
}

// at is the value that a JSON pointer leads to, through references but those of schemas;
// where is the pointer to it without them. It is nil if there is none.
func (d *document) at(keys ...string) (value any, where string) {
	value = d.doc
	for _, key := range keys {
		m, _ := value.(map[string]any)
		value = m[key]
		where += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		m, _ = value.(map[string]any)
		if ref, ok := m["$ref"].(string); ok && !strings.Contains(where, "/schema") {
			value, where = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return value, where
}

// walk calls f with every object of a JSON value.
func walk(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			walk(e, f)
		}
	case map[string]any:
		f(v)
		for _, e := range v {
			walk(e, f)
		}
	}
}

// schema compiles the schema at a JSON pointer.
func (d *document) schema(t testing.TB, where string) *jsonschema.Schema {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.schemas[where]
	if !ok {
		var err error
		s, err = d.compiler.Compile("openapi.json#" + (&url.URL{Path: where}).EscapedPath())
		must(t, err)
		d.schemas[where] = s
	}
	return s
}

// paths are the document's.
func (d *document) paths() map[string]any { return d.doc["paths"].(map[string]any) }

// operation finds the path of a request, its parameters, and whether it has the method.
func (d *document) operation(req *http.Request) (path string, params map[string]string, there bool) {
	for path, pattern := range d.patterns {
		if got := pattern.FindStringSubmatch(req.URL.EscapedPath()); got != nil {
			params := map[string]string{}
			for i, name := range pattern.SubexpNames()[1:] {
				params[name], _ = url.PathUnescape(got[i+1])
			}
			_, there := d.paths()[path].(map[string]any)[strings.ToLower(req.Method)]
			return path, params, there
		}
	}
	return "", nil, false
}

// holds fails the test unless the document describes the answer, and a request that was
// accepted.
func (d *document) holds(t testing.TB, req *http.Request, body []byte, w *httptest.ResponseRecorder) {
	t.Helper()
	path, params, there := d.operation(req)
	if !there {
		d.isLost(t, path != "", w)
		return
	}
	keys := []string{"paths", path, strings.ToLower(req.Method)}
	status := strconv.Itoa(w.Code)
	d.mu.Lock()
	d.seen[req.Method+" "+path+" "+status] = true
	d.mu.Unlock()

	response, where := d.at(append(keys, "responses", status)...)
	if response == nil {
		t.Errorf("%s %s: %d is not documented: %s", req.Method, path, w.Code, w.Body)
		return
	}
	d.headersHold(t, where, response.(map[string]any), w)
	d.bodyHolds(t, where, response.(map[string]any), w)
	understood := w.Code < 300 || w.Code == http.StatusNotFound || w.Code == http.StatusConflict
	if understood && !bytes.Contains(w.Body.Bytes(), []byte("urn:carrierhook:problem:invalid")) { // of one in a list
		d.requestHolds(t, keys, params, req, body)
	}
}

// isLost fails the test unless the answer is the problem of a path or method that
// is not documented.
func (d *document) isLost(t testing.TB, path bool, w *httptest.ResponseRecorder) {
	t.Helper()
	status := http.StatusNotFound
	if path {
		status = http.StatusMethodNotAllowed
	}
	if w.Code != status || path == (w.Header().Get("Allow") == "") {
		t.Errorf("status %d, want %d: Allow is %q", w.Code, status, w.Header().Get("Allow"))
	}
	if w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("the answer is %s", w.Header().Get("Content-Type"))
	}
	d.valid(t, "/components/schemas/Problem", w.Body.Bytes())
}

func (d *document) headersHold(t testing.TB, where string, response map[string]any, w *httptest.ResponseRecorder) {
	t.Helper()
	if h := w.Header(); h.Get("X-Content-Type-Options") != "nosniff" || (h.Get("Cache-Control") == "no-store") == (h.Get("ETag") != "") {
		t.Errorf("%s may be cached, or taken for something else: %v", where, h)
	}
	headers, _ := response["headers"].(map[string]any)
	for _, name := range []string{"Location", "Retry-After", "WWW-Authenticate", "ETag", "Allow"} {
		if _, documented := headers[name]; documented != (w.Header().Get(name) != "") {
			t.Errorf("%s: header %s: %q, documented: %v", where, name, w.Header().Get(name), documented)
		}
	}
	for name := range headers {
		schema := d.schema(t, where+"/headers/"+name+"/schema")
		if err := schema.Validate(w.Header().Get(name)); err != nil {
			t.Errorf("header %s: %v", name, err)
		}
	}
}

func (d *document) bodyHolds(t testing.TB, where string, response map[string]any, w *httptest.ResponseRecorder) {
	t.Helper()
	content, has := response["content"].(map[string]any)
	if !has {
		if w.Body.Len() > 0 {
			t.Errorf("%s has a body: %s", where, w.Body)
		}
		return
	}
	kind := w.Header().Get("Content-Type")
	if _, ok := content[kind]; !ok {
		t.Errorf("%s: the answer is %s", where, kind)
		return
	}
	d.valid(t, where+"/content/"+strings.ReplaceAll(kind, "/", "~1")+"/schema", w.Body.Bytes())
	if status, ok := jsonOf(t, w.Body.Bytes()).(map[string]any)["status"].(json.Number); ok && status.String() != strconv.Itoa(w.Code) {
		t.Errorf("%s: the body says %s", where, status)
	}
}

// requestHolds fails the test unless the document has the request, which was
// understood.
func (d *document) requestHolds(t testing.TB, keys []string, params map[string]string, req *http.Request, body []byte) {
	t.Helper()
	query := map[string]string{}
	for name, values := range req.URL.Query() {
		query[name] = values[0]
	}
	for _, list := range [][]string{{"paths", keys[1], "parameters"}, append(slices.Clone(keys), "parameters")} {
		documented, where := d.at(list...)
		items, _ := documented.([]any)
		for i, item := range items {
			p := item.(map[string]any)
			from := map[string]map[string]string{"path": params, "query": query}[p["in"].(string)]
			if value, given := from[p["name"].(string)]; given {
				delete(from, p["name"].(string))
				schema := fmt.Sprintf("%s/%d/schema", where, i)
				if err := d.schema(t, schema).Validate(typed(p, value)); err != nil {
					t.Errorf("%s: %v", req.URL, err)
				}
			}
		}
	}
	for name := range query {
		t.Errorf("%s: %s is not documented", req.URL, name)
	}
	for name := range params {
		t.Errorf("%s: %s is not documented", req.URL, name)
	}
	content, where := d.at(append(slices.Clone(keys), "requestBody", "content", "application/json")...)
	if content == nil || len(body) == 0 {
		if required, _ := d.at(append(slices.Clone(keys), "requestBody", "required")...); required == true || len(body) > 0 {
			t.Errorf("%s: body of %d bytes", req.URL, len(body))
		}
		return
	}
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		t.Errorf("%s was understood as %s", req.URL, kind)
	}
	d.valid(t, where+"/schema", body)
}

// typed is a parameter's value as its schema wants it.
func typed(parameter map[string]any, value string) any {
	switch parameter["schema"].(map[string]any)["type"] {
	case "integer":
		return json.Number(value)
	case "boolean":
		return value == "true"
	}
	return value
}

func (d *document) valid(t testing.TB, where string, body []byte) {
	t.Helper()
	if err := d.schema(t, where).Validate(jsonOf(t, body)); err != nil {
		t.Errorf("%s: %v\n%s", where, err, body)
	}
}

// jsonOf reads JSON for validating, and nothing but JSON.
func jsonOf(t testing.TB, body []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	must(t, err)
	return v
}

// unseen lists what is documented of statuses and was not seen.
func (d *document) unseen() (missing []string) {
	for path, item := range d.paths() {
		for method, op := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			for status := range op.(map[string]any)["responses"].(map[string]any) {
				if what := strings.ToUpper(method) + " " + path + " " + status; !d.seen[what] {
					missing = append(missing, what)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}
