package main

import (
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// metricNames is the rule for the names: carrierhook_<what>_<unit>. A counter counts in
// total; others have a unit of time or of what they count.
var metricNames = map[string]*regexp.Regexp{
	"counter":   regexp.MustCompile(`^carrierhook_([a-z]+_)+total$`),
	"histogram": regexp.MustCompile(`^carrierhook_([a-z]+_)+(seconds|requests)$`),
	"gauge":     regexp.MustCompile(`^carrierhook_([a-z]+_)+(seconds|pushes|events|calls|numbers|connections|merchants|months|partitions|info)$`),
}

// Every metric is named by the rule, and its help text is a sentence. The list of the
// tests is that of a running server, which says what it was built from.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, m := range metrics(t) {
		names = append(names, m.name)
		if rule := metricNames[m.kind]; rule == nil || !rule.MatchString(m.name) {
			t.Errorf("%s, a %s, is not named by the rule", m.name, m.kind)
		}
		if m.help == "" || !strings.HasSuffix(m.help, ".") {
			t.Errorf("%s has the help text %q, which is no sentence", m.name, m.help)
		}
	}
	p := start(t, testConfig(withSamples(t), wechat.Plain))
	shown := regexp.MustCompile(`(?m)^# HELP (carrierhook_\w+) `).FindAllStringSubmatch(p.metrics(t), -1)
	for _, m := range shown {
		if !slices.Contains(names, m[1]) {
			t.Errorf("a server has %s, and the tests do not know it", m[1])
		}
	}
	if len(shown) < 20 {
		t.Errorf("a server has only %q", shown)
	}
	// As `server version` does.
	if p.metric(t, `carrierhook_build_info{commit="`+built.commit+`",go="`+built.golang+`",version="`+built.version+`"}`); !strings.HasPrefix(built.golang, "go1.") {
		t.Errorf("built by %s", built.golang)
	}
}

// What the linker was given goes before what Go notes. Without either the names say so.
func TestBuild(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}}}
	info.Main.Version = "v1.2.3"
	devel := &debug.BuildInfo{GoVersion: "go1.26.0"}
	devel.Main.Version = "(devel)"
	for _, tc := range []struct {
		info *debug.BuildInfo
		want build
	}{
		{info, build{"v1.2.3", "0123abc", "go1.26.0"}},
		{devel, build{"dev", "unknown", "go1.26.0"}},
		{nil, build{"dev", "unknown", "unknown"}},
	} {
		if got := readBuild(tc.info, tc.info != nil); got != tc.want {
			t.Errorf("got %+v, want %+v", got, tc.want)
		}
	}
}
