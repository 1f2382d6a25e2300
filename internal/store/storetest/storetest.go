// Package storetest gives each test a Postgres database of its own.
//
// A test binary has one private server, started when the first test asks for it;
// a database is a copy of a template that was migrated once. There is no way
// around it: where no server can be had, the tests fail.
//
// It knows nothing of what the tests store, but how to fill the tables with as many rows as
// a carrier has, for tests of the plans of statements.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
)

const template = "storetest_template"

// start gives the binary's one server, and starts it for the first who asks.
var start = sync.OnceValues(startShared)

// Main runs the tests, then stops the server and removes its data, and looks for
// goroutines that were left. Each package that uses storetest has
//
//	func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	err := stopShared()
	http.DefaultClient.CloseIdleConnections()
	left := goleak.Find()
	for end := time.Now().Add(Patience); left != nil && time.Now().Before(end); { // it gives goroutines but a moment to end
		left = goleak.Find()
	}
	if err := errors.Join(err, left); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
		return max(code, 1)
	}
	return code
}

// URL is a fresh database with the whole schema. It is dropped when the test ends.
func URL(tb testing.TB) string {
	tb.Helper()
	return fresh(tb, template)
}

// Pool is a pool on a fresh database with the whole schema.
func Pool(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), URL(tb))
	Must(tb, err)
	tb.Cleanup(pool.Close)
	return pool
}

// EmptyURL is a fresh database without the schema.
func EmptyURL(tb testing.TB) string {
	tb.Helper()
	return fresh(tb, "template1")
}

// EncodedURL is a fresh database in another encoding, without the schema.
func EncodedURL(tb testing.TB, encoding string) string {
	tb.Helper()
	return fresh(tb, "template0 ENCODING '"+encoding+"' LC_COLLATE 'C' LC_CTYPE 'C'")
}

func fresh(tb testing.TB, from string) string {
	tb.Helper()
	server, err := start()
	if err != nil {
		tb.Fatalf("no Postgres to test with: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	name := "t_" + strings.ToLower(rand.Text())
	// By files: the template has few pages in many files, and nothing is flushed.
	Must(tb, admin(ctx, server, "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY file_copy"))
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the test's database was %s", name)
		}
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		// FORCE: a connection that the test forgot is not worth a failure of its own.
		if err := admin(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return server.URL(name)
}

// admin runs one statement. It has a connection to itself, for a pool would leave
// goroutines in tests that look for some.
func admin(ctx context.Context, server *localpg.Server, sql string) error {
	conn, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err = conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// migrate makes the template.
func migrate(ctx context.Context, server *localpg.Server) error {
	if err := admin(ctx, server, "CREATE DATABASE "+template); err != nil {
		return err
	}
	return store.Migrate(ctx, server.URL(template), nil)
}
