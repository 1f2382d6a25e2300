package config

import (
	"os"
	"strings"

	"carrierhook/internal/pgurl"

	"github.com/jackc/pgx/v5/pgconn"
)

// unsaidTLS is the first host of another machine that a database's URL leads to both
// with TLS and without, though nothing says that it may: libpq's default takes TLS
// where it is offered, and goes in clear where somebody on the way says that it is
// not. What cannot be read, others refuse.
func unsaidTLS(databaseURL string) string {
	if os.Getenv("PGSSLMODE") != "" || pgurl.SSLMode(databaseURL) != "" {
		return ""
	}
	return optionalTLS(databaseURL)
}

// optionalTLS is the first host of another machine that a database's URL leads to
// both with TLS and without, as sslmode=prefer and allow have it: they look like
// TLS and protect from nobody who answers in the server's place.
func optionalTLS(databaseURL string) string {
	pool, err := pgurl.Parse(databaseURL)
	if err != nil {
		return ""
	}
	cfg := pool.ConnConfig
	clear, secured := map[string]bool{}, map[string]bool{}
	first := pgconn.FallbackConfig{Host: cfg.Host, TLSConfig: cfg.TLSConfig}
	for _, way := range append([]*pgconn.FallbackConfig{&first}, cfg.Fallbacks...) { // as the driver tries them
		if strings.HasPrefix(way.Host, "/") || loopback(way.Host) {
			continue
		}
		clear[way.Host] = clear[way.Host] || way.TLSConfig == nil
		secured[way.Host] = secured[way.Host] || way.TLSConfig != nil
		if clear[way.Host] && secured[way.Host] {
			return way.Host
		}
	}
	return ""
}
