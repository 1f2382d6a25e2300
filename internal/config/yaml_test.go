package config

import (
	"os"
	"path/filepath"
	"testing"
)

// What the reader would pass over in silence is refused.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	given, err := os.ReadFile(filepath.Join("testdata", "n20-second-yaml-document.yaml"))
	must(t, err)
	for text, says := range map[string]string{
		"log: {level: warn}\n---\nlog: {level: error}\n": "second YAML document",
		"---\nlog: {level: warn}\n---\n- a\n":            "second YAML document",
		"log: {level: warn}\n---\n---\nx: y\n":           "second YAML document",
		"log: {level: warn}\n...\nlog: {level: warn}\n":  "second YAML document",
		"log: {level: warn}\n---\n- [x\n":                "second YAML document",
		"wechat: {mode: plain}\nWeChat: {mode: secure}":  "line 2: wechat is given twice",
		"wechat: {mode: plain, Mode: secure}":            "line 1: wechat.mode is given twice",
		"wechat.mode: plain\nwechat: {mode: secure}":     "line 2: wechat.mode is given twice",
	} {
		onlyProblem(t, loadProblems(t, NeedNothing, text), says, ";")
	}
	if got := loadProblems(t, NeedNothing, string(given)); len(got) < 1 {
		t.Errorf("%q", got)
	} else {
		onlyProblem(t, got[:1], "second YAML document")
	}
}

// What is one document is taken: with marks around it, a byte order mark before it, and
// comments behind it.
func TestOneDocument(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"---\nlog: {level: warn}\n", "log: {level: warn}\n---\n", "log: {level: warn}\n---\n# the end\n", "log: {level: warn}\n...\n",
		"\ufefflog: {level: warn}\r\n", "Log: {Level: warn}",
	} {
		if c := mustLoad(t, text); c.Log.Level != "warn" {
			t.Errorf("%q: the level is %s", text, c.Log.Level)
		}
	}
}
