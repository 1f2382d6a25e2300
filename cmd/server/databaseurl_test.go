package main

import (
	"net/url"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
)

// databaseTools are the commands that work on a database.
var databaseTools = [][]string{
	{"serve"}, {"migrate"}, {"maintain"}, {"import", "merchants", "-"}, {"show", "waybill", "xyz", "1"}, {"show", "delivery", "shop", "1"},
}

// What one command refuses of database.url all of them refuse, at once and in the same
// words, and nothing of the URL is shown or looked up.
func TestDatabaseURLRefused(t *testing.T) {
	t.Parallel()
	for given, says := range map[string]string{
		"postgres://app:top@SECRETTAIL@127.0.0.1:5432/carrierhook":    "write @ as %40",
		"postgres://app:12/SECRETTAIL@127.0.0.1:5432/carrierhook":     "write @ as %40",
		"postgres://app:pw#SECRETTAIL@127.0.0.1:5432/carrierhook":     "write @ as %40",
		"postgres://app:12?SECRETTAIL@127.0.0.1:5432/carrierhook":     "write @ as %40",
		"postgres://app:pw%SECRETTAIL@127.0.0.1:5432/carrierhook":     "write @ as %40",
		"postgres://app:SECRETTAIL@127.0.0.1/x?sslmode=on":            "unknown sslmode",
		"postgres://app:SECRETTAIL@127.0.0.1/x?sslrootcert=/not.pem":  "root certificate (sslrootcert, or PGSSLROOTCERT) that is not there",
		"postgres://app:SECRETTAIL@127.0.0.1/x?service=nosuchservice": "names a service (service, or PGSERVICE)",
		"postgres://app:SECRETTAIL@127.0.0.1/x?pool_max_conns=many":   "pool_...",
	} {
		for _, tool := range databaseTools {
			c := on(t, given, carrierEnv...)
			if got := c.refuses("database.url (CARRIERHOOK_DATABASE_URL) ", tool...); !strings.Contains(got, says) || strings.Contains(got, "SECRETTAIL") || strings.Contains(got, "lookup") {
				t.Errorf("%q with %s: %s", tool, given, got)
			}
		}
	}
}

// What one takes all take: here a folder for a socket as the host, and what is for the
// driver's pool.
func TestDatabaseURLTaken(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(storetest.EmptyURL(t))
	must(t, err)
	q := u.Query()
	database := "postgres://" + q.Get("user") + "@" + url.QueryEscape(q.Get("host")) + ":" + q.Get("port") + u.Path +
		"?sslmode=disable&pool_max_conns=3&statement_cache_capacity=9"
	c := on(t, database)
	c.says("up to date", "migrate")
	c.reading("biz_id,biz_pwd\nxyz,pw\n").says("1 new", "import", "merchants", "-")
	c.says("partitions", "maintain")
	serving(t, database)
}
