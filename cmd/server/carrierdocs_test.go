package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// consoleDocs are the parts of the documents that show blocks of commands, each with
// its answer.
var consoleDocs = []struct {
	file, from, to string
	commands       int // at least
}{
	{readme, "## One push", "## Read on", 1},
	{"../../docs/try.md", "## Pushes", "## With only curl", 9},
	{"../../docs/api.md", "## Try it", "", 25},
}

// renewed is what is another each time that the documents' commands are run.
var renewed = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z|\b[12]\d{9}\b|\b[0-9a-f]{64}\b|"took_us": ?\d+|reply after [\d.]+[mµ]?s|sha256:[\w-]{43}|cursor=[\w-]+|(?:from|to)=[\w%.:-]+|<(?:finish|pickup)_code>\d{4}<|"(?:finish|pickup)_code":\d{4}|delivery_token \S+|<delivery_token>[^ ]+?</delivery_token>`)

// Every command of the documents, in their order on a server of its own, is
// answered as they say.
func TestConsoleDocs(t *testing.T) {
	t.Parallel()
	for _, doc := range consoleDocs {
		t.Run(doc.from, func(t *testing.T) {
			t.Parallel()
			text := read(t, doc.file)
			before, rest, found := strings.Cut(text, "\n"+doc.from+"\n")
			section, after := rest, ""
			if doc.to != "" {
				section, after, _ = strings.Cut(rest, "\n"+doc.to+"\n")
				after = "\n" + doc.to + "\n" + after
			}
			if !found {
				t.Fatalf("%s has no section %q", doc.file, doc.from)
			}
			got, ran := runConsoleDocs(t, section)
			if ran < doc.commands {
				t.Fatalf("only %d commands were found", ran)
			}
			if renewed.ReplaceAllString(got, "...") == renewed.ReplaceAllString(section, "...") {
				return
			}
			if *update {
				must(t, os.WriteFile(doc.file, []byte(before+"\n"+doc.from+"\n"+got+after), 0o644))
				return
			}
			t.Errorf("%s, run: \n%s\nand it says\n%s", doc.file, got, section)
		})
	}
}

var consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```\n")

// runConsoleDocs runs the commands of a section's blocks. It returns the section
// with what they said.
func runConsoleDocs(t *testing.T, section string) (said string, ran int) {
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	dir := dataDir(t) // for push --repeat
	must(t, os.Mkdir(filepath.Join(dir, demo.Dir), 0o700))
	sh := &shell{tb: t, vars: map[string]string{}, me: "bin/server", carrier: true}
	sh.program = func(args ...string) string {
		return cli{tb: t, dir: dir, env: carrierEnv}.says("", append(args, "--url", p.url())...)
	}
	said = consoleBlock.ReplaceAllStringFunc(section, func(block string) string {
		var out strings.Builder
		for line := range strings.Lines(consoleBlock.FindStringSubmatch(block)[1]) {
			command, ok := strings.CutPrefix(line, "$ ")
			if !ok {
				continue // what it said the last time
			}
			out.WriteString(line)
			says, runs := sh.do(strings.ReplaceAll(strings.TrimSpace(command), demo.InternalListen, p.internal.String()))
			if ran++; !runs || strings.HasPrefix(command, "NOW=") {
				continue
			}
			says = strings.ReplaceAll(says, p.internal.String(), demo.InternalListen)
			out.WriteString(strings.TrimSpace(strings.ReplaceAll(says, p.public.String(), "127.0.0.1:8080")) + "\n")
		}
		return "```console\n" + out.String() + "```\n"
	})
	return said, ran
}

// problems lists what a part of the OpenAPI document names as problems, with what
// it refers to.
func (doc openAPI) problems(part any) (names []string) {
	switch part := part.(type) {
	case map[string]any:
		if ref, ok := part["$ref"].(string); ok {
			if strings.HasSuffix(ref, "/Problem") || strings.HasSuffix(ref, "/VerdictProblem") {
				return nil // any of them; which, is said beside it
			}
			target := any(map[string]any(doc))
			for key := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				target = target.(map[string]any)[key]
			}
			return doc.problems(target)
		}
		for _, inner := range part {
			names = append(names, doc.problems(inner)...)
		}
	case []any:
		for _, inner := range part {
			names = append(names, doc.problems(inner)...)
		}
	case string:
		if name, ok := strings.CutPrefix(part, "urn:carrierhook:problem:"); ok {
			names = append(names, name)
		}
	}
	return names
}

type openAPI map[string]any

// docs/api.md has each problem that the OpenAPI document names, with its status,
// and no other.
func TestProblemsDocumented(t *testing.T) {
	t.Parallel()
	var doc openAPI
	must(t, json.Unmarshal([]byte(read(t, "../../internal/handler/api/openapi.json")), &doc))
	want := map[string]string{"method_not_allowed": "405"} // which is of no path
	for _, operations := range doc["paths"].(map[string]any) {
		for _, operation := range operations.(map[string]any) {
			operation, ok := operation.(map[string]any)
			if !ok {
				continue // what holds for all of the path
			}
			for status, response := range operation["responses"].(map[string]any) {
				if status < "400" {
					continue
				}
				for _, name := range doc.problems(response) {
					want[name] = status
				}
			}
		}
	}
	got := rowCodes(sectionOf(read(t, "../../docs/api.md"), "## Problems"))
	for _, v := range waybill.Verdicts() {
		if !v.Good() && want[string(v)] == "" {
			t.Errorf("the OpenAPI document has no problem %s", v)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("docs/api.md has the problems\n%v\nwant\n%v", got, want)
	}
	if names := slices.Collect(maps.Keys(want)); len(names) < 15 {
		t.Errorf("found only %q", names)
	}
}
