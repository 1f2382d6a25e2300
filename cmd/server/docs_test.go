package main

import (
	"fmt"
	"maps"
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
	"go.uber.org/zap"
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
	r.MustRegister(newKeeper(cfg, st, nil, zap.NewNop()).collectors()...)
	r.MustRegister(new(logQueue).collector())
	handler.NewMetrics(r)
	if _, err := newAPI(cfg, st, zap.NewNop(), r); err != nil {
		t.Fatal(err)
	}
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

// The events that are decided, and the sections that tell of them.
var decided = []struct {
	event, readme, runbook string
	reasons                []waybill.Reason
}{
	{wechat.EventCancelWaybill, "### Cancelling", "### Of a cancel", waybill.CancelReasons()},
	{wechat.EventAddWaybill, "### Booking", "### Of an order", waybill.BookReasons()},
	{wechat.EventCheckBiz, "### Accounts", "### Of a question about an account", waybill.AccountReasons()},
	{wechat.EventGetQuota, "### Accounts", "### Of a question about an account", waybill.AccountReasons()},
}

// sectionOf is what stands below a heading, up to the next one that is not below
// it.
func sectionOf(text, heading string) string {
	_, text, _ = strings.Cut(text, "\n"+heading+"\n")
	level := strings.IndexByte(heading, ' ')
	if at := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, level)).FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	return text
}

// The README's table of each event has every answer, with its code, its text and
// the reasons that lead to it, and no other.
func TestResultCodesDocumented(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile(`(?m)^\| (-?\d+) \|[^|]*\| ([^|]*) \| ([^|]*) \|$`)
	for _, d := range decided {
		got, want := map[string][]string{}, map[string][]string{}
		for _, m := range row.FindAllStringSubmatch(sectionOf(read(t, readme), d.readme), -1) {
			answer := m[1] + " " + m[2]
			for _, why := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(m[3], -1) {
				if !slices.Contains(got[answer], why[1]) { // an answer may have a row more
					got[answer] = append(got[answer], why[1])
				}
			}
			if m[3] == "none" {
				got[answer] = []string{}
			}
		}
		for _, line := range handler.Results(d.event) {
			answer := strconv.Itoa(line.Code) + " " + line.Chinese
			want[answer] = []string{}
			want[answer] = append(want[answer], line.Reasons...)
		}
		for _, answers := range []map[string][]string{got, want} {
			for _, reasons := range answers {
				slices.Sort(reasons)
			}
		}
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("README.md, %s, has the answers\n%v\nwant\n%v", d.readme, got, want)
		}
	}
}

// The README names every event that is offered, and every one that is known and
// not offered with what is answered.
func TestEventsDocumented(t *testing.T) {
	t.Parallel()
	text := sectionOf(read(t, readme), "## Events")
	offered := slices.Clone(deliveryEvents)
	for _, d := range decided {
		offered = append(offered, d.event)
	}
	for _, event := range offered {
		if !strings.Contains(text, "| `"+event+"` |") {
			t.Errorf("README.md, Events, has no row for %s", event)
		}
	}
	for _, event := range wechat.NotOfferedEvents() {
		push := wechat.Push{Header: wechat.Header{MsgType: "event", Event: event}}
		_, replied, known := push.NotOffered()
		if !known {
			t.Fatalf("%s is not known", event)
		}
		says := "`success`"
		if replied {
			says = "-1, 不支持该业务"
		}
		row := regexp.MustCompile("(?m)^\\|.*`" + event + "`.*$").FindString(text)
		if !strings.Contains(row, says) {
			t.Errorf("README.md, Events, says of %s %q, want %s", event, row, says)
		}
	}
}

// Every column that the store reads is explained, and no other.
func TestImportColumns(t *testing.T) {
	t.Parallel()
	for _, kind := range importKinds {
		says := maps.Clone(importColumns[kind.name])
		for _, c := range kind.columns() {
			if c.says == "" {
				t.Errorf("the column %s of %s is not explained", c.name, kind.name)
			}
			delete(says, c.name)
		}
		if len(says) > 0 || len(kind.columns()) < 3 {
			t.Errorf("%s has the columns %v, and not %v", kind.name, kind.columns(), says)
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

func read(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
