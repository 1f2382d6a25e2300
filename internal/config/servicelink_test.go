package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// variables reads a file of testdata: comments, and a variable a line.
func variables(tb testing.TB, name string) (environ []string) {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	must(tb, err)
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		if !strings.HasPrefix(line, "#") {
			environ = append(environ, line)
		}
	}
	return environ
}

// What Kubernetes puts into a pod for a Service that is called as the program is is
// ignored, with one warning for all of it.
func TestServiceLinks(t *testing.T) {
	t.Parallel()
	environ := serving(append(variables(t, "01-kubernetes-service-links.env"), envName("wechat.token")+"="+goodToken)...)
	for _, more := range [][]string{
		nil,
		{"CARRIERHOOK_SERVICE_PORT_HTTP=8080", "CARRIERHOOK_SERVICE_PORT_METRICS_2=9090"},
		{"CARRIERHOOK_INTERNAL_SERVICE_HOST=fd00::7", "CARRIERHOOK_INTERNAL_PORT=udp://[fd00::7]:53", "CARRIERHOOK_INTERNAL_PORT_53_UDP_PROTO=udp"},
	} {
		_, warnings, err := load(write(t, ""), NeedServe, slices.Concat(environ, more))
		must(t, err)
		if len(warnings) != 1 || warnings[0].Kind != warnServiceLinks || !strings.Contains(warnings[0].Text, "Kubernetes") || !strings.Contains(warnings[0].Text, "; ") {
			t.Errorf("%q: %q", more, warnings)
		}
	}
}

// What only looks like one is a variable that nothing reads.
func TestNoServiceLinks(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{
		"CARRIERHOOK_PORT=8080", "CARRIERHOOK_PORT=tcp://db:5432", "CARRIERHOOK_PORT=http://10.0.0.7:8080", "CARRIERHOOK_SERVICE_HOST=db.example.com",
		"CARRIERHOOK_SERVICE_PORT=http", "CARRIERHOOK_SERVICE_PORT=", "CARRIERHOOK_PORT_8080_TCP_PROTO=http", "CARRIERHOOK_PORT_HTTP=8080",
		"CARRIERHOOK_HOST=10.0.0.7", "CARRIERHOOK_PORT_8080_TCP_NAME=x",
	} {
		name, _, _ := strings.Cut(variable, "=")
		onlyProblem(t, loadProblems(t, NeedNothing, "", variable), name+" is a variable that nothing reads")
	}
}

// Each of these was once taken, and then failed without a word.
func TestGivenVariables(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{
		"n06-services-with-a-chinese-comma.env": {"cancel.services_without_cancelling"},
		"n15-app-id-with-carriage-return.env":   {"wechat.user_name", "wechat.app_id"},
	} {
		got := loadProblems(t, NeedServe, "", serving(variables(t, name)...)...)
		if len(got) != len(keys) {
			t.Fatalf("%s: %q", name, got)
		}
		for i, key := range keys {
			onlyProblem(t, got[i:i+1], key+" ("+envName(key)+") ", ";")
		}
	}
}
