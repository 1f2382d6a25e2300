//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
)

// xmllint reads every packet and reply in our test data that is XML; jq, and node as
// well, every one that is JSON. What is wrong on purpose is left out.
func TestInteropTestData(t *testing.T) {
	xml, js := documents(t)
	if len(xml) < 300 || len(js) < 300 {
		t.Errorf("found only %d documents in XML and %d in JSON", len(xml), len(js))
	}
	xmllint(t, xml)
	jsonParsers(t, js)
}

// document is a packet, a reply or an answer.
type document struct{ name, text string }

// documents are those in the folders of test data, and the API's description.
func documents(tb testing.TB) (xml, js []document) {
	tb.Helper()
	add := func(name, text string) {
		switch {
		case strings.HasPrefix(text, "<"):
			xml = append(xml, document{name, text})
		case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
			js = append(js, document{name, text})
		default:
			tb.Errorf("%s is neither XML nor JSON: %.80q", name, text)
		}
	}
	for _, name := range tracked(tb, "*/testdata/*", "internal/handler/api/openapi.json") {
		text := read(tb, name)
		dir, base := path.Base(path.Dir(name)), path.Base(name)
		switch {
		case dir == "programs": // what programs write that we take, though it is not all well-formed
		case strings.HasPrefix(base, "not_offered."): // a reply a line
			for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
				add(fmt.Sprint(name, ": ", i+1), line)
			}
		case path.Ext(base) == ".xml", path.Ext(base) == ".json":
			add(name, strings.TrimSpace(text))
		case strings.HasPrefix(base, "replies."): // a line of what it is, then the reply
			for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
				what, reply, _ := strings.Cut(part, "\n")
				add(name+": "+what, reply)
			}
		case dir == "golden": // an answer of HTTP
			_, body, _ := strings.Cut(text, "\n\n")
			add(name, strings.TrimSpace(body))
		}
	}
	return xml, js
}

// xmllint reads documents, a file each, and says which ones are wrong by their names.
func xmllint(t *testing.T, documents []document) {
	dir := t.TempDir()
	args := []string{"--nonet", "--noout"}
	for i, d := range documents {
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		storetest.Must(t, os.WriteFile(file, []byte(d.text), 0o600))
		args = append(args, file)
	}
	if _, err := says(t, "", "xmllint", args...); err != nil {
		t.Errorf("%v", err)
		for i, d := range documents {
			if strings.Contains(err.Error(), fmt.Sprintf("/%d.xml:", i)) {
				t.Errorf("%d.xml is %s:\n%s", i, d.name, d.text)
			}
		}
	}
}

// jsonParsers have two programs read documents: an array of texts goes in, and ""
// for each comes out, or what is wrong with it.
func jsonParsers(t *testing.T, documents []document) {
	var texts []string
	for _, d := range documents {
		texts = append(texts, d.text)
	}
	input, err := json.Marshal(texts)
	storetest.Must(t, err)
	const script = `console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")).map(text => {
		try { JSON.parse(text); return ""; } catch (e) { return e.message; }
	})))`
	for _, command := range [][]string{{"jq", `map(. as $text | try ($text | fromjson | "") catch .)`}, {"node", "-e", script}} {
		var wrong []string
		storetest.Must(t, json.Unmarshal([]byte(mustSay(t, string(input), command[0], command[1:]...)), &wrong))
		if len(wrong) != len(documents) {
			t.Fatalf("%s read %d of %d", command[0], len(wrong), len(documents))
		}
		for i, why := range wrong {
			if why != "" {
				t.Errorf("%s: %s: %s\n%s", command[0], documents[i].name, why, documents[i].text)
			}
		}
	}
}
