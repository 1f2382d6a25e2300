package main

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	readme  = "../../README.md"
	runbook = "../../docs/runbook.md"
)

// The README has a row for each metric of ours, and neither it nor the runbook
// names one that does not exist.
func TestMetricsDocumented(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	st, err := store.Open(t.Context(), storeOptions(cfg, "postgres://nobody@127.0.0.1/none"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	r := prometheus.NewRegistry()
	r.MustRegister(st.Collectors()...)
	handler.NewMetrics(r)
	metrics := described(r)
	if len(metrics) < 10 {
		t.Fatalf("found only the metrics %v", metrics)
	}
	rows := rowNames(read(t, readme))
	for _, m := range metrics {
		if !slices.Contains(rows, m) {
			t.Errorf("README.md has no row for the metric %s", m)
		}
	}
	for _, file := range []string{readme, runbook} {
		for _, m := range regexp.MustCompile(`\bcarrierhook_[a-z_]+`).FindAllString(read(t, file), -1) {
			if !slices.Contains(metrics, strings.TrimSuffix(m, "_bucket")) {
				t.Errorf("%s names the metric %s, which does not exist", file, m)
			}
		}
	}
}

// described lists the names of all metrics, also of those that have no value
// yet and so would not be gathered.
func described(r *prometheus.Registry) []string {
	descs := make(chan *prometheus.Desc)
	go func() { r.Describe(descs); close(descs) }()
	var names []string
	for d := range descs {
		if m := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String()); m != nil {
			names = append(names, m[1])
		}
	}
	return names
}

// Every word that the log gives as a check, a failure or a reason has a row in
// its section of the runbook. Those of the handler have no list of their own:
// they are read from its source.
func TestRunbookHasEveryWord(t *testing.T) {
	t.Parallel()
	checks := handlerWords(t, "push.go", "check", "too_large")
	for _, c := range wechat.Checks() {
		checks = append(checks, c.String())
	}
	reasons := []string{store.Ignored}
	for _, r := range waybill.Reasons() {
		reasons = append(reasons, string(r))
	}
	for section, words := range map[string][]string{
		"Refusals": checks,
		"Failures": handlerWords(t, "cancel.go", "why", "overloaded"),
		"Reasons":  reasons,
	} {
		_, text, _ := strings.Cut(read(t, runbook), "\n## "+section+"\n")
		text, _, _ = strings.Cut(text, "\n## ")
		rows := rowNames(text)
		for _, w := range words {
			if !slices.Contains(rows, w) {
				t.Errorf("docs/runbook.md, %s, has no row for %s", section, w)
			}
		}
	}
}

// handlerWords finds what a source file of the handler sets a variable to. One
// word is known to be among them, or the way of finding them no longer fits.
func handlerWords(t *testing.T, file, variable, known string) []string {
	t.Helper()
	set := regexp.MustCompile(`\b` + variable + `\b[^"\n]*=[^"\n]*"([a-z_]+)"`)
	var words []string
	for _, m := range set.FindAllStringSubmatch(read(t, "../../internal/handler/"+file), -1) {
		words = append(words, m[1])
	}
	if !slices.Contains(words, known) {
		t.Fatalf("%s: found %q without %s", file, words, known)
	}
	return words
}

// Every reason stands in the README's row of its result code.
func TestResultCodesDocumented(t *testing.T) {
	t.Parallel()
	rows := regexp.MustCompile(`(?m)^\| (-?\d+) \|.*\|$`).FindAllStringSubmatch(read(t, readme), -1)
	for _, reason := range waybill.Reasons() {
		code := handler.ResultCode(reason.Outcome())
		found := false
		for _, row := range rows {
			if !strings.Contains(row[0], "`"+string(reason)+"`") {
				continue
			}
			found = true
			if got := row[1]; got != strconv.Itoa(code) {
				t.Errorf("README.md has %s in the row of %s, want %d", reason, got, code)
			}
		}
		if !found {
			t.Errorf("README.md has no row with %s", reason)
		}
	}
}

// The README has each setting with its default and its variables, and no other.
func TestSettingsDocumented(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| `?([^|`]*)`? \\| ([^|]*) \\|")
	documented := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(read(t, readme), -1) {
		if strings.Contains(m[3], "CARRIERHOOK_") {
			documented[m[1]] = m[2:]
		}
	}
	for _, f := range config.Default().Summary() {
		got, ok := documented[f.Key]
		if !ok {
			t.Errorf("README.md has no row for %s", f.Key)
			continue
		}
		delete(documented, f.Key)
		if !sameDefault(got[0], f.Value) {
			t.Errorf("README.md has the default %q for %s, want %q", got[0], f.Key, f.Value)
		}
		name := "CARRIERHOOK_" + strings.ToUpper(strings.ReplaceAll(f.Key, ".", "_"))
		want := "`" + name + "`"
		if f.Value == "unset" { // a secret
			want += ", `" + name + "_FILE`"
		}
		if got[1] != want {
			t.Errorf("README.md has the variables %s for %s, want %s", got[1], f.Key, want)
		}
	}
	for key := range documented {
		t.Errorf("README.md has a row for %s, which is no setting", key)
	}
}

// sameDefault compares as people write: 10m for 10m0s, none for nothing.
func sameDefault(written, value string) bool {
	if value == "" || value == "unset" {
		return written == "none"
	}
	want, err := time.ParseDuration(value)
	if err != nil {
		return written == value
	}
	got, err := time.ParseDuration(written)
	return err == nil && got == want
}

// rowNames lists what the first cells of a text's tables have in backquotes.
func rowNames(text string) []string {
	var names []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
