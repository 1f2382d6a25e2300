package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"carrierhook/internal/store/express"
)

// script is what pgbench runs: the server's own statements, so that the two cannot
// drift apart.
var script = []struct {
	sql  string
	args []string // for $1, $2, ...
}{
	{sql: "BEGIN"},
	{express.CancelSQL.Limits, []string{"'1000'", "'3000'", "'3000'"}},
	{express.CancelSQL.Lock, []string{oneBiz, oneWaybill}},
	{express.CancelSQL.Merchants, []string{oneBiz}},
	{express.CancelSQL.Cancel, []string{oneRow, ":identities", ":now"}},
	{express.CancelSQL.Ledger, []string{
		":now", oneBiz, oneWaybill, "ARRAY[:id::bigint]", "ARRAY[:order::text]", ":events", ":formats", ":modes",
		":identities", ":codes", ":reasons", ":repeats", ":took",
	}},
	{sql: "COMMIT"},
}

const (
	oneBiz     = "ARRAY[:biz::text]"
	oneWaybill = "ARRAY[:waybill::text]"
	// The server knows it from the lock.
	oneRow = "ARRAY(SELECT ctid FROM waybill WHERE biz_id = :biz AND waybill_id = :waybill)"
)

// variables are the parameters that are the same in every transaction.
var variables = map[string]string{
	"identities": `{"\\x` + strings.Repeat("5a", 32) + `"}`,
	"events":     "{cancel_waybill}", "formats": "{xml}", "modes": "{secure}",
	"codes": "{0}", "reasons": "{accepted}", "repeats": "{f}", "took": "{1234}",
}

var placeholder = regexp.MustCompile(`\$\d+`)

// transaction writes the script's statements for pgbench, which wants its own
// variables where the server has parameters.
func transaction() ([]string, error) {
	var all []string
	for _, s := range script {
		var wrong error
		sql := placeholder.ReplaceAllStringFunc(s.sql, func(p string) string {
			n, err := strconv.Atoi(p[1:])
			if err != nil || n > len(s.args) {
				wrong = fmt.Errorf("bench/statements.go does not know the parameter %s of %s", p, s.sql)
				return p
			}
			return s.args[n-1]
		})
		if wrong != nil {
			return nil, wrong
		}
		all = append(all, strings.Join(strings.Fields(sql), " ")+";")
	}
	return all, nil
}
