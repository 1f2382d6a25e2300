package csvimport_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// database is a test's own, with an engine that imports into it.
type database struct {
	testing.TB
	csvimport.Engine
	storetest.Database
	config *pgx.ConnConfig // of the sessions that import
}

func newDatabase(tb testing.TB, merchants ...string) *database {
	tb.Helper()
	db := storetest.NewDatabase(tb)
	d := &database{TB: tb, Database: db, config: db.DB.Config().ConnConfig.Copy()}
	d.config.OnNotice = pg.CountWarnings
	d.Connect = func(ctx context.Context) (*pgx.Conn, error) { return pgx.ConnectConfig(ctx, d.config) }
	d.Clock = time.Now
	d.HashPassword = func(hash, password string) (string, error) {
		if strings.HasSuffix(hash, hidden(password)) {
			return hash, nil
		}
		return rand.Text() + hidden(password), nil
	}
	d.setKeys("1")
	for _, id := range merchants {
		d.do(`INSERT INTO merchant (biz_id, password_hash) VALUES ($1, '')`, id)
	}
	return d
}

// hidden is what a hash and a sealed secret end with in these tests. SQL shows what is hidden.
func hidden(s string) string { return fmt.Sprintf("#%x", s) }

const show = `convert_from(decode(split_part(convert_from(%s::bytea, 'UTF8'), '#', 2), 'hex'), 'UTF8')`

// setKeys sets the keys of shops' secrets, of a letter each. The first one seals: a sealed
// secret begins with it.
func (d *database) setKeys(keys string) {
	d.SealSecret = func(shopID string, secret delivery.Secret) []byte {
		return []byte(keys[:1] + rand.Text() + shopID + hidden(string(secret)))
	}
	d.OpenSecret = func(shopID string, sealed []byte) (_ delivery.Secret, present, ok bool) {
		head, tail, _ := strings.Cut(string(sealed), "#")
		if head == "" || !strings.Contains(keys, head[:1]) || !strings.HasSuffix(head, shopID) {
			return "", false, false
		}
		secret, err := hex.DecodeString(tail)
		return delivery.Secret(secret), head[0] == keys[0], err == nil
	}
}

// tap shows what the import sends to Postgres.
func (d *database) tap(sent func([]byte)) {
	d.config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return tapped{conn, sent}, err
	}
}

type tapped struct {
	net.Conn
	sent func([]byte)
}

func (c tapped) Write(b []byte) (int, error) {
	c.sent(b)
	return c.Conn.Write(b)
}

func (d *database) do(sql string, args ...any) {
	d.Helper()
	d.Exec(d, sql, args...)
}

// text is the one value that a query gives.
func (d *database) text(sql string, args ...any) string {
	d.Helper()
	return strings.Join(d.Texts(d, sql, args...), "\n")
}

// rows is what a small table holds, as text and in the order of its key.
func (d *database) rows(table string) string {
	d.Helper()
	return d.text(`SELECT coalesce(string_agg(t::text, ' ' ORDER BY t), '') FROM ` + table + ` t`)
}

// versions shows every row of all tables, and which transaction has written it and which has
// locked it last. Imports that replace tables always lock ranges, and the catalogue's version.
func (d *database) versions() string {
	d.Helper()
	sql := `SELECT concat_ws(E'\n'`
	for _, from := range []string{"xmax) FROM merchant", "xmax) FROM quota", "xmax) FROM waybill", "xmax) FROM shop",
		"xmax) FROM service", "xmax) FROM area", "xmax) FROM route", "0) FROM number_range", "0) FROM catalogue"} {
		sql += `, (SELECT string_agg(concat_ws(' ', t, ctid, xmin, ` + strings.Replace(from, ")", "), ' ' ORDER BY ctid)", 1) + ` t)`
	}
	return d.text(sql + `)`)
}

func (d *database) load(kind csvimport.Kind, lines ...string) (csvimport.Report, error) {
	return d.Import(context.Background(), kind, strings.NewReader(strings.Join(lines, "\n")))
}

// imports imports lines, and wants these counts.
func (d *database) imports(kind csvimport.Kind, want string, lines ...string) csvimport.Report {
	d.Helper()
	report, err := d.load(kind, lines...)
	if err != nil {
		d.Fatalf("import: %v", err)
	}
	if got := counts(report); got != want {
		d.Errorf("got %s, want %s", got, want)
	}
	return report
}

// counts are those that are not 0.
func counts(r csvimport.Report) string {
	var all []string
	for _, c := range []struct {
		n    int64
		what string
	}{
		{r.Inserted, "new"}, {r.Updated, "changed"}, {r.Unchanged, "same"}, {r.Backwards.Count, "backwards"}, {r.Removed, "removed"},
		{r.Lines - r.Inserted - r.Updated - r.Unchanged - r.Backwards.Count, "not counted"},
	} {
		if c.n != 0 {
			all = append(all, fmt.Sprint(c.n, " ", c.what))
		}
	}
	return strings.Join(all, ", ")
}

// refused wants a file to have these problems, and no row to be touched. No problem shows a
// secret.
func (d *database) refused(kind csvimport.Kind, file string, want ...string) {
	d.Helper()
	before := d.versions()
	_, err := d.load(kind, file)
	d.wantProblems(err, want...)
	if d.versions() != before {
		d.Errorf("%q: something was loaded", file)
	}
}

func (d *database) wantProblems(err error, want ...string) {
	d.Helper()
	bad, ok := errors.AsType[*csvimport.Error](err)
	if !ok {
		d.Fatalf("got error %v, want %q", err, want)
	}
	wanted := "nothing was loaded\n" + strings.Join(want, "\n")
	if got := bad.Error(); got != wanted || bad.Count != int64(len(want)) {
		d.Errorf("got %d problems: %s\nwant %s", bad.Count, got, wanted)
	}
	if strings.Contains(bad.Error(), "s3cr3t") {
		d.Errorf("the error shows a secret: %v", bad)
	}
}
