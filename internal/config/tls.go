package config

import (
	"net/url"
	"os"
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
	hosts := []string{cfg.Host}
	for _, other := range cfg.Fallbacks {
		hosts = append(hosts, other.Host)
	}
	for _, host := range hosts {
		if !strings.HasPrefix(host, "/") && !loopback(host) {
			return host
		}
	}
	return ""
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
