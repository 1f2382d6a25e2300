package main

import (
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/config"
)

// personal are the columns that hold personal data or a secret.
var personal = []struct {
	table, columns, what, until string
	secret                      bool
}{
	{"booking_contact", "sender receiver remark goods", "who sends what to whom, of an express order", "`privacy.retention` after the booking", false},
	{"delivery_details", "details", "sender, receiver, goods and note of an attempt of instant delivery", "`privacy.retention` after the attempt's `expires_at`", false},
	{"delivery_attempt", "message", "what a status report said (`action_msg`), perhaps with a rider's telephone number", "`privacy.retention` after the report", false},
	{"delivery_step", "message", "the same, for each status of an attempt", "`privacy.retention` after the report", false},
	{"delivery_step", "agent", "the rider's name and telephone number (`agent`), where a status report named one", "`privacy.retention` after the report", false},
	{"scan", "message", "what a scan said (`action_msg`), perhaps with a courier's telephone number", "`ledger.retention`, by whole months", false},
	{"merchant_review", "message", "why a merchant's review failed, in the words that the merchant reads: a text for a company, which should name nobody", "the review is pending again or passed", true},
	{"booking", "token", "a secret: WeChat's token for calls about the order", "kept with the waybill", true},
	{"delivery_attempt", "wx_token finish_code pickup_code", "secrets: WeChat's token for calls about the attempt, and the codes that open the parcel", "kept with the attempt", true},
	{"merchant", "password_hash", "a slow hash of the merchant's password", "kept with the merchant", true},
	{"wechat_token", "token", "WeChat's access token of a mini program, sealed with its AppSecret", "another replaces it, every two hours", true},
	{"shop", "secret", "the shop's AppSecret, sealed with `delivery.key`", "kept with the shop", true},
}

func personalTable() string {
	var rows [][]string
	for _, p := range personal {
		var columns []string
		for _, column := range strings.Fields(p.columns) {
			columns = append(columns, code(column))
		}
		rows = append(rows, []string{code(p.table), strings.Join(columns, ", "), p.what, p.until})
	}
	return table([]string{"table", "columns", "what", "until"}, rows)
}

// sent is what each call tells WeChat of people, or by a secret, and the columns that it is
// read from when the call is made.
var sent = []struct{ call, column, what, erased string }{
	{config.CallUpdatePath, "scan.message", "what a scan said, perhaps a courier's telephone number: WeChat's users read it", "the meaning of the scan in Chinese is sent instead"},
	{config.CallUpdatePath, "booking.token", "the order's Token", "the call is dead, as `token_erased`"},
	{config.CallUpdateOrder, "delivery_step.message", "what a status report said, perhaps a rider's telephone number", "it is left out"},
	{config.CallUpdateOrder, "delivery_step.agent", "the rider's name and telephone number", "it is left out; WeChat may refuse 102 without it"},
	{config.CallUpdateOrder, "delivery_attempt.wx_token", "the attempt's token", "the call is dead, as `token_erased`"},
	{config.CallUpdateBusiness, "merchant_review.message", "why a merchant's review failed", "it is left out"},
}

func sentTable() string {
	var rows [][]string
	for _, s := range sent {
		rows = append(rows, []string{code(s.call), code(s.column), s.what, s.erased})
	}
	return table([]string{"call", "from", "what", "when it was erased before the call"}, rows)
}

// Each call is in the table, and each column that one is read from is among those that
// hold personal data or a secret.
func TestSentColumns(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, p := range personal {
		for _, column := range strings.Fields(p.columns) {
			known[p.table+"."+column] = true
		}
	}
	calls := map[string]bool{}
	for _, s := range sent {
		calls[s.call] = true
		if !known[s.column] {
			t.Errorf("%s is read from %s, which holds nothing of the kind", s.call, s.column)
		}
	}
	for _, call := range config.CallNames() {
		if !calls[call] {
			t.Errorf("%s is not in the table", call)
		}
	}
}

// Every column of the schema that may hold personal data or a secret is in the table,
// and each that the table names exists.
func TestPersonalColumns(t *testing.T) {
	t.Parallel()
	got := strings.Fields(query(t, withSamples(t), `SELECT c.relname || '.' || a.attname
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped
			AND (a.atttypid = 'jsonb'::regtype OR a.attname ~ '(message|remark|note|token|secret|password|code)' AND a.attname NOT IN ('code', 'result_code'))`))
	var want []string
	for _, p := range personal {
		for _, column := range strings.Fields(p.columns) {
			want = append(want, p.table+"."+column)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the schema has\n%q\nand the table\n%q", got, want)
	}
}
