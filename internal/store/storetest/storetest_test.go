package storetest_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
)

// Nothing is left when the tests are over: no goroutine, and so no server.
func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// Two databases of two tests have the same schema and not the same rows.
func TestEachItsOwn(t *testing.T) {
	t.Parallel()
	first, second := storetest.Pool(t), storetest.Pool(t)
	if _, err := first.Exec(t.Context(), "CREATE TABLE mine (v int)"); err != nil {
		t.Fatal(err)
	}
	const exists = "SELECT to_regclass($1) IS NOT NULL"
	for _, want := range []struct {
		name          string
		table         string
		first, second bool
	}{
		{"made by one test", "mine", true, false},
		{"of the schema", "waybill", true, true},
	} {
		var inFirst, inSecond bool
		storetest.Must(t, first.QueryRow(t.Context(), exists, want.table).Scan(&inFirst))
		storetest.Must(t, second.QueryRow(t.Context(), exists, want.table).Scan(&inSecond))
		if inFirst != want.first || inSecond != want.second {
			t.Errorf("%s: %s is there: %v, %v; want %v, %v", want.name, want.table, inFirst, inSecond, want.first, want.second)
		}
	}
}

// A database is gone when its test is over, a forgotten connection or not.
func TestDropped(t *testing.T) {
	t.Parallel()
	var url, name string
	t.Run("inner", func(t *testing.T) {
		url = storetest.URL(t)
		conn, err := pgx.Connect(t.Context(), url)
		storetest.Must(t, err)
		name = conn.Config().Database
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Errorf("database %s outlived its test", name)
	}
}

// The template can be copied by many tests at once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { storetest.URL(t) })
	}
	wg.Wait()
}

func TestEmptyURL(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), storetest.EmptyURL(t))
	storetest.Must(t, err)
	defer conn.Close(context.Background())
	var n int
	storetest.Must(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&n))
	if n != 0 {
		t.Errorf("an empty database has %d tables", n)
	}
}

// What a private server has committed survives its crash.
func TestNewServer(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	url := server.URL(localpg.Database)
	storetest.Must(t, store.Migrate(t.Context(), url, nil))
	storetest.Must(t, server.Kill())
	storetest.Must(t, server.Restart(t.Context()))
	conn, err := pgx.Connect(t.Context(), url)
	storetest.Must(t, err)
	defer conn.Close(context.Background())
	var commit string
	storetest.Must(t, conn.QueryRow(t.Context(), "SELECT current_setting('synchronous_commit') FROM waybill RIGHT JOIN (VALUES (1)) one ON true LIMIT 1").Scan(&commit))
	if commit != "on" {
		t.Errorf("synchronous_commit = %s: a crash would lose commits", commit)
	}
}

func BenchmarkURL(b *testing.B) {
	for b.Loop() {
		storetest.URL(b)
	}
}
