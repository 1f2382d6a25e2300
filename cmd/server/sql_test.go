package main

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// connect is a connection to a database until the test is over.
func connect(tb testing.TB, url string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	must(tb, err)
	tb.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// query runs a statement, and gives the first column of its rows.
func query(tb testing.TB, url, sql string, args ...any) string {
	tb.Helper()
	rows, _ := connect(tb, url).Query(tb.Context(), sql, args...)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(tb, err)
	return strings.Join(all, " ")
}

// execute runs statements, several at once where there are no arguments.
func execute(tb testing.TB, url, sql string, args ...any) {
	tb.Helper()
	_, err := connect(tb, url).Exec(tb.Context(), sql, args...)
	must(tb, err)
}
