package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Who may import whom of ours. A package that is not listed may import nothing,
// so a new one has to be thought about.
var allowed = map[string]string{
	"migrations":                   "",
	"internal/egress":              "",
	"internal/event":               "",
	"internal/ledger":              "",
	"internal/input":               "",
	"internal/input/inputtest":     "internal/input", // for tests only
	"internal/redacted":            "",
	"internal/waybill":             "internal/input internal/ledger internal/redacted",
	"internal/delivery":            "internal/input internal/ledger internal/redacted",
	"internal/wechat":              "internal/input internal/redacted internal/wechat/packet",
	"internal/wechat/client":       "internal/egress internal/redacted",
	"internal/wechat/hostile":      "", // for tests only
	"internal/wechat/packet":       "",
	"internal/config":              "internal/event internal/input internal/pgurl internal/redacted",
	"internal/datadir":             "",
	"internal/localpg":             "internal/datadir",
	"internal/maintenance":         "internal/event internal/store",
	"internal/memnet":              "", // for tests only
	"internal/origin":              "",
	"internal/pgurl":               "",
	"internal/handler":             "internal/delivery internal/handler/bounded internal/ledger internal/origin internal/redacted internal/waybill internal/wechat",
	"internal/handler/api":         "internal/delivery internal/event internal/handler/bounded internal/input internal/ledger internal/origin internal/redacted internal/waybill",
	"internal/handler/bounded":     "",
	"internal/store":               "internal/delivery internal/event internal/input internal/ledger internal/pgurl internal/store/batch internal/store/csvimport internal/store/events internal/store/express internal/store/instant internal/store/numbers internal/store/pg internal/store/pushlog internal/store/wechattoken internal/waybill migrations",
	"internal/store/batch":         "internal/redacted internal/store/pg",
	"internal/outbox":              "internal/event internal/store/events",
	"internal/outbox/calls":        "internal/delivery internal/event internal/ledger internal/outbox internal/store/events internal/waybill internal/wechat/client",
	"internal/outbox/webhook":      "internal/egress internal/event internal/outbox internal/redacted internal/store/events",
	"internal/store/express":       "internal/event internal/input internal/ledger internal/redacted internal/store/batch internal/store/events internal/store/numbers internal/store/pg internal/store/pushlog internal/waybill",
	"internal/store/pg":            "internal/pgurl internal/redacted",
	"internal/store/pushlog":       "internal/ledger internal/store/batch internal/store/pg",
	"internal/store/events":        "internal/event internal/store/pg",
	"internal/store/instant":       "internal/delivery internal/event internal/ledger internal/store/batch internal/store/events internal/store/numbers internal/store/pg internal/store/pushlog",
	"internal/store/numbers":       "internal/event internal/store/events internal/store/pg internal/waybill",
	"internal/store/wechattoken":   "internal/store/pg internal/wechat/client",
	"internal/store/csvimport":     "internal/delivery internal/input internal/store/pg internal/waybill",
	"internal/demo":                "internal/config internal/datadir internal/delivery internal/sandbox internal/sandbox/express internal/store internal/store/csvimport internal/store/express internal/store/instant internal/waybill internal/wechat migrations",
	"internal/store/storetest":     "internal/store internal/store/batch internal/localpg",
	"internal/history":             "", // tests only, of the program as a whole
	"internal/interop":             "", // tests only, of the program beside those of others
	"internal/sandbox":             "internal/input internal/origin internal/wechat",
	"internal/sandbox/express":     "internal/sandbox internal/wechat",
	"internal/sandbox/instant":     "internal/sandbox internal/wechat",
	"internal/sandbox/receiver":    "internal/sandbox",
	"internal/sandbox/sandboxtest": "internal/memnet internal/sandbox internal/sandbox/express internal/sandbox/instant internal/sandbox/receiver internal/wechat",
	"internal/conformance":         "internal/input internal/redacted internal/sandbox internal/sandbox/express internal/wechat",
	"bench":                        "internal/handler internal/localpg internal/store internal/store/express internal/waybill internal/wechat",
	"cmd/server": "internal/config internal/datadir internal/delivery internal/demo internal/event internal/handler internal/handler/api internal/ledger internal/localpg internal/maintenance internal/origin internal/outbox internal/outbox/calls internal/outbox/webhook internal/sandbox internal/conformance " +
		"internal/sandbox/express internal/sandbox/instant internal/sandbox/receiver internal/store internal/store/csvimport internal/store/events internal/store/express internal/store/instant internal/waybill internal/wechat internal/wechat/client",
	"internal/store/express/expresstest": "internal/ledger internal/store/express internal/store/storetest internal/waybill",  // for tests only
	"internal/store/instant/instanttest": "internal/delivery internal/ledger internal/store/instant internal/store/storetest", // for tests only
}

// The rules know nothing but the language; so does what is shared without being one.
var pure = []string{"internal/event", "internal/input", "internal/ledger", "internal/redacted", "internal/waybill", "internal/delivery", "internal/origin", "internal/wechat/packet"}

func TestImportRule(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "carrierhook/...").Output()
	must(t, err)
	seen := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], "carrierhook/")
		may, listed := allowed[pkg]
		if !listed {
			t.Errorf("%s is not listed", pkg)
		}
		seen++
		for _, imported := range fields[1:] {
			name, ours := strings.CutPrefix(imported, "carrierhook/")
			if ours && !slices.Contains(strings.Fields(may), name) {
				t.Errorf("%s must not import %s", pkg, name)
			}
			if slices.Contains(pure, pkg) && strings.Contains(imported, ".") {
				t.Errorf("%s must import the standard library only, not %s", pkg, imported)
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d packages, %d listed", seen, len(allowed))
	}
}
