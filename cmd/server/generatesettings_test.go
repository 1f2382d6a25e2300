package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// settingComments are what config.yaml says of each setting: the comment above it.
func settingComments(text string) map[string]string {
	says := map[string]string{}
	var path, comment []string
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
			comment = nil
		case strings.HasPrefix(trimmed, "#"):
			comment = append(comment, strings.TrimSpace(trimmed[1:]))
		default:
			depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
			name, _, _ := strings.Cut(trimmed, ":")
			path = append(path[:depth], name)
			says[strings.Join(path, ".")] = strings.Join(comment, " ")
			comment = nil
		}
	}
	return says
}

func settingTable(t *testing.T) string {
	says := settingComments(read(t, "../../config.yaml"))
	var rows [][]string
	for _, f := range config.Default().Summary() {
		if says[f.Key] == "" {
			t.Errorf("config.yaml has no comment of its own for %s", f.Key)
		}
		says[f.Key] = regexp.MustCompile(`docs/([a-z]+\.md)`).ReplaceAllString(says[f.Key], "[$1]($1)")
		variable := "CARRIERHOOK_" + strings.ToUpper(strings.ReplaceAll(f.Key, ".", "_"))
		value, variables := code(shortDuration(f.Value)), code(variable)
		if f.Key == "events.endpoints" || f.Key == "wechat.accounts" {
			variables = "none: in the file only"
		}
		switch f.Value {
		case "unset": // a secret
			value, variables = "none", variables+", "+code(variable+"_FILE")
		case "":
			value = "none"
		}
		rows = append(rows, []string{code(f.Key), value, says[f.Key], variables})
	}
	return table([]string{"setting", "default", "meaning", "variable"}, rows)
}

// shortDuration writes 10m for 10m0s and 720h for 720h0m0s, as people do.
func shortDuration(value string) string {
	return regexp.MustCompile(`(h)0m0s$|(m)0s$`).ReplaceAllString(value, "$1$2")
}

func columnTable(kind importKind) string {
	var rows [][]string
	for _, c := range kind.columns() {
		required := ""
		if c.required {
			required = "required"
		}
		rows = append(rows, []string{code(c.name), required, c.says})
	}
	return table([]string{"column", "", "meaning"}, rows)
}

// callTable lists the calls of the API, from its OpenAPI document.
func callTable(t *testing.T) string {
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	must(t, json.Unmarshal([]byte(read(t, "../../internal/handler/api/openapi.json")), &doc))
	var rows [][]string
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range []string{"get", "post", "put"} {
			var call struct {
				Summary  string
				Security []map[string][]string
			}
			if raw := doc.Paths[path][method]; raw == nil {
				continue
			} else if err := json.Unmarshal(raw, &call); err != nil {
				t.Fatal(err)
			}
			scope := "none"
			if len(call.Security) > 0 {
				scope = code(call.Security[0]["token"][0])
			}
			rows = append(rows, []string{code(strings.ToUpper(method) + " " + path), call.Summary, scope})
		}
	}
	return table([]string{"call", "does", "scope"}, rows)
}

// metric is one that /metrics shows.
type metric struct{ name, kind, help, labels string }

var described = regexp.MustCompile(`^Desc\{fqName: "(\w+)", help: ("(?:[^"\\]|\\.)*"), .*variableLabels: \{(.*)\}\}$`)

// collected notes what is registered.
type collected struct {
	prometheus.Registerer
	all []prometheus.Collector
}

func (c *collected) MustRegister(collectors ...prometheus.Collector) {
	c.Registerer.MustRegister(collectors...)
	c.all = append(c.all, collectors...)
}

// register registers all metrics of ours as a server does.
func register(t *testing.T, r prometheus.Registerer) {
	t.Helper()
	cfg := testConfig("", wechat.Secure)
	cfg.Events.Endpoints = []config.Endpoint{{Name: "dispatch", URL: "https://dispatch.example"}}
	cfg.WeChat.AppSecret, cfg.WeChat.Calls = "secret", []string{config.CallUpdatePath}
	st, err := store.Open(t.Context(), storeOptions(cfg, "postgres://nobody@127.0.0.1/none"))
	must(t, err)
	t.Cleanup(st.Close)
	r.MustRegister(st.Collectors()...)
	r.MustRegister(newMaintenance(cfg, st, &handler.Health{}, zap.NewNop()).Collectors()...)
	r.MustRegister(new(logQueue).collector(), buildInfo())
	_, err = newPush(cfg, st, zap.NewNop(), r)
	must(t, err)
	handler.NewListenerMetrics(r)
	out, err := newOutbox(cfg, st, zap.NewNop(), r)
	must(t, err)
	_, err = newAPI(cfg, st, out, zap.NewNop(), r)
	must(t, err)
}

// metrics are all of ours.
func metrics(t *testing.T) (all []metric) {
	t.Helper()
	r := &collected{Registerer: prometheus.NewRegistry()}
	register(t, r)
	for _, c := range r.all {
		m := metric{kind: kindOf(t, c)}
		descs := make(chan *prometheus.Desc, 1)
		c.Describe(descs)
		parts := described.FindStringSubmatch((<-descs).String())
		if parts == nil {
			t.Fatal("client_golang describes metrics in another way")
		}
		m.name, m.labels = parts[1], parts[3]
		var err error
		m.help, err = strconv.Unquote(parts[2])
		must(t, err)
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	if len(all) < 25 {
		t.Fatalf("found only the metrics %v", all)
	}
	return all
}

// kindOf is what Prometheus calls the type. A vector may have no series yet.
func kindOf(t *testing.T, c prometheus.Collector) string {
	switch c.(type) {
	case *prometheus.HistogramVec:
		return "histogram"
	case *prometheus.CounterVec:
		return "counter"
	case *prometheus.GaugeVec:
		return "gauge"
	}
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil || len(families) != 1 {
		t.Fatalf("%v: %v", families, err)
	}
	return strings.ToLower(families[0].GetType().String())
}

// metricTable has each metric with the alerts of the runbook that use it.
func metricTable(t *testing.T) string {
	rules := regexp.MustCompile(`(?m)- alert: (\w+).*\n +expr: (.*)$`).FindAllStringSubmatch(sectionOf(read(t, runbook), "## Alerts"), -1)
	var rows [][]string
	for _, m := range metrics(t) {
		var alerts []string
		for _, rule := range rules {
			if regexp.MustCompile(`\b` + m.name + `(_bucket)?\b`).MatchString(rule[2]) {
				alerts = append(alerts, fmt.Sprintf("[%s](runbook.md#alerts)", rule[1]))
			}
		}
		var labels []string
		for _, label := range strings.FieldsFunc(m.labels, func(r rune) bool { return r == ',' }) {
			labels = append(labels, code(label))
		}
		rows = append(rows, []string{code(m.name), m.kind, m.help, strings.Join(labels, ", "), strings.Join(alerts, ", ")})
	}
	return table([]string{"metric", "type", "meaning", "labels", "alerts"}, rows)
}
