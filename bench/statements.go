package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/store/express"
)

// statement is one of the server's, with what stands for $1, $2, ...
type statement struct {
	sql  string
	args []string
}

// script is what pgbench runs: the server's own statements, so that the two cannot
// drift apart.
var script = []statement{
	{sql: "BEGIN"},
	{express.CancelSQL.Limits, []string{"'1000'", "'3000'", "'3000'"}},
	{express.CancelSQL.Lock, []string{oneBiz, oneWaybill}},
	{express.CancelSQL.Merchants, []string{oneBiz}},
	{express.CancelSQL.Cancel, []string{oneRow, ":identities", ":now"}},
	{express.CancelSQL.Ledger, []string{
		":now", oneBiz, oneWaybill, "ARRAY[:id::bigint]", "ARRAY[:order::text]", ":events", ":formats", ":modes",
		":identities", ":codes", ":reasons", ":repeats", ":took", "ARRAY['gh_abcdefg']",
	}},
	{sql: "COMMIT"},
}

// eventScript is the script with the cancel's event, which comes before the COMMIT.
var eventScript = slices.Insert(slices.Clone(script), len(script)-1, statement{
	express.CancelSQL.Events, []string{":now", ":kinds", "ARRAY['waybill ' || :waybill::text]", ":ids", ":bodies"},
})

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
	"kinds": "{waybill.cancelled}", "ids": "{5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a}",
	"bodies": `{"` + strings.ReplaceAll(eventBody, `"`, `\"`) + `"}`,
	"codes":  "{0}", "reasons": "{accepted}", "repeats": "{f}", "took": "{1234}",
}

// eventBody is as long as a cancel's.
const eventBody = `{"id":"evt_5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","kind":"waybill.cancelled","time":"2026-11-22T10:20:30.123456Z","account":"gh_0123456789ab",` +
	`"biz_id":"1000001","waybill_id":"700000000001","order_id":"900000000001","shop_app_id":"wxABCD","status_before":"booked","status":"cancelled",` +
	`"reason":"accepted","result_code":0,"source":{"push":"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"}}`

var placeholder = regexp.MustCompile(`\$\d+`)

// transaction writes a script's statements for pgbench, which wants its own
// variables where the server has parameters.
func transaction(script []statement) ([]string, error) {
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
