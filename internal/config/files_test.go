package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/viper"
)

const root = "../.." // of the repository

// readYAML reads a YAML file of the repository. Its keys come in small letters.
func readYAML(tb testing.TB, name string) *viper.Viper {
	tb.Helper()
	v := viper.New()
	v.SetConfigFile(filepath.Join(root, name))
	v.SetConfigType("yaml")
	must(tb, v.ReadInConfig())
	return v
}

// config.yaml names every key, with its default.
func TestConfigYAMLIsTheDefaults(t *testing.T) {
	t.Parallel()
	c, _, err := load(filepath.Join(root, "config.yaml"), NeedNothing, nil)
	must(t, err)
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("config.yaml says\n%v, the defaults are\n%v", c.Summary(), Default().Summary())
	}
	v := readYAML(t, "config.yaml")
	for _, k := range keys() {
		if !v.IsSet(k.name) {
			t.Errorf("%s is not in config.yaml", k.name)
		}
	}
}

// Every variable that a file for operators names is one that is read. In a
// container a misspelt one would stop the server.
func TestNamedVariablesExist(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`CARRIERHOOK_[A-Z][A-Z_]*[A-Z]`)
	unset := []string{"CARRIERHOOK_POSTGRES_BIN", "CARRIERHOOK_INSTALL"} // no settings
	for _, name := range []string{
		"config.yaml", "Dockerfile", "docker-compose.yml", "README.md",
		"docs/deploying.md", "docs/backup.md", "docs/settings.md", "docs/importing.md", "docs/operating.md", "docs/try.md",
	} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		}
		for _, found := range variable.FindAllString(string(text), -1) {
			if !slices.Contains(unset, found) && !slices.Contains(envNames(), found) {
				t.Errorf("%s names %s, which nothing reads", name, found)
			}
		}
	}
}

// The compose file passes every setting on, but those that it decides itself.
func TestComposePassesSettings(t *testing.T) {
	t.Parallel()
	passed := readYAML(t, "docker-compose.yml").GetStringMap("services.server.environment")
	own := []string{"listen", "database.dir", "shutdown.drain", "events.endpoints", "wechat.accounts"} // ports, the read-only file system and stop_grace_period fix them
	for _, k := range keys() {
		if _, ok := passed[strings.ToLower(k.env())]; ok == slices.Contains(own, k.name) {
			t.Errorf("%s: passed on is %v", k.env(), ok)
		}
		if _, ok := passed[strings.ToLower(k.env()+fileSuffix)]; ok != (k.secret() && k.name != "database.url") {
			t.Errorf("%s: passed on is %v", k.env()+fileSuffix, ok)
		}
	}
}

// The compose file opens the internal API to a network, so it does not start
// without tokens, and says what to do.
func TestComposeWantsTokens(t *testing.T) {
	t.Parallel()
	v := readYAML(t, "docker-compose.yml")
	environment := v.GetStringMapString("services.server.environment")
	if host, _, _ := strings.Cut(environment["carrierhook_internal_listen"], ":"); loopback(host) {
		t.Errorf("nobody reaches %s", environment["carrierhook_internal_listen"])
	}
	if got := environment["carrierhook_api_tokens"]; !strings.HasPrefix(got, "${CARRIERHOOK_API_TOKENS:?") || !strings.Contains(got, "token NAME") {
		t.Errorf("the tokens are %q", got)
	}
}

// Prometheus in the compose file's networks has the service's name as its target.
func TestComposeHosts(t *testing.T) {
	t.Parallel()
	v := readYAML(t, "docker-compose.yml")
	given := v.GetStringMapString("services.server.environment")["carrierhook_internal_hosts"]
	if want := "${CARRIERHOOK_INTERNAL_HOSTS:-server}"; given != want || !v.IsSet("services.server") {
		t.Errorf("the service server is called by %s, want %s", given, want)
	}
}

// What the compose file promises about the server holds.
func TestComposeServer(t *testing.T) {
	t.Parallel()
	v := readYAML(t, "docker-compose.yml")
	grace := v.GetDuration("services.server.stop_grace_period")
	if needed := Default().Shutdown.Drain + maxDeadline; grace <= needed {
		t.Errorf("stop_grace_period is %v, and the server may need %v", grace, needed)
	}
	for key, want := range map[string]any{
		"services.server.read_only":                      true,
		"services.server.cap_drop":                       []any{"ALL"},
		"services.server.security_opt":                   []any{"no-new-privileges:true"},
		"services.server.restart":                        "unless-stopped",
		"services.server.container_name":                 nil, // or there can be no replicas
		"services.server.depends_on.migrate.condition":   "service_completed_successfully",
		"services.server.depends_on.postgres.condition":  "service_healthy",
		"services.migrate.depends_on.postgres.condition": "service_healthy",
		"services.server.healthcheck.test":               []any{"CMD", "/server", "healthcheck", "--url", "http://127.0.0.1:8080/readyz"},
		"services.server.ports":                          nil, // one port for all replicas:
		"services.proxy.ports":                           []any{"${PUBLISH:-127.0.0.1:8080}:8080"},
		"services.proxy.networks":                        []any{"front"},
		"services.proxy.volumes":                         []any{"./deploy/compose:/usr/local/etc/haproxy:ro"}, // a new file is seen
		"services.proxy.read_only":                       true,
		"services.proxy.cap_drop":                        []any{"ALL"},
		"services.migrate.networks":                      []any{"front", "database"}, // a Postgres elsewhere too
		"services.migrate.restart":                       "no",
		"networks.database.internal":                     true,
	} {
		if got := v.Get(key); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	for _, service := range []string{"postgres", "migrate", "server", "proxy"} {
		for _, option := range []string{"max-size", "max-file"} {
			if !v.IsSet("services." + service + ".logging.options." + option) {
				t.Errorf("%s: the log has no %s", service, option)
			}
		}
	}
}
