package config

import (
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// plainHost is the first host of another machine that a database's URL leads to
// without saying how: libpq's default takes TLS where it is offered, and goes in
// clear where somebody on the way says that it is not. Sockets and loopback need
// none. What cannot be read, others refuse.
func plainHost(databaseURL string) string {
	if os.Getenv("PGSSLMODE") != "" || saysHow(databaseURL) {
		return ""
	}
	cfg, err := pgconn.ParseConfig(databaseURL)
	if err != nil {
		return ""
	}
	for _, way := range waysOut(cfg) {
		return way.Host
	}
	return ""
}

// optionalTLS is the first host of another machine that a database's URL leads to
// both with TLS and without, as sslmode=prefer and allow have it: they look like
// TLS and protect from nobody who answers in the server's place.
func optionalTLS(databaseURL string) string {
	cfg, err := pgconn.ParseConfig(databaseURL)
	if err != nil {
		return ""
	}
	clear, secured := map[string]bool{}, map[string]bool{}
	for _, way := range waysOut(cfg) {
		if way.TLSConfig == nil {
			clear[way.Host] = true
		} else {
			secured[way.Host] = true
		}
		if clear[way.Host] && secured[way.Host] {
			return way.Host
		}
	}
	return ""
}

// waysOut are the ways to other machines that the driver tries, in their order.
func waysOut(cfg *pgconn.Config) []*pgconn.FallbackConfig {
	ways := append([]*pgconn.FallbackConfig{{Host: cfg.Host, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...)
	return slices.DeleteFunc(ways, func(w *pgconn.FallbackConfig) bool {
		return strings.HasPrefix(w.Host, "/") || loopback(w.Host)
	})
}

// saysHow tells whether sslmode is in a URL or in libpq's list of key=value, or a
// service is named, which may have it.
func saysHow(s string) bool {
	if u, err := url.Parse(s); err == nil && u.Scheme != "" {
		return u.Query().Get("sslmode") != "" || u.Query().Get("service") != ""
	}
	for _, pair := range strings.Fields(strings.ReplaceAll(s, " =", "=")) {
		if key, _, _ := strings.Cut(pair, "="); key == "sslmode" || key == "service" {
			return true
		}
	}
	return false
}
