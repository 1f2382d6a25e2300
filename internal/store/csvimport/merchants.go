package csvimport

import (
	"fmt"

	"carrierhook/internal/input"
	"carrierhook/internal/waybill"
)

// Merchants are merged. A merchant without a password is one on purpose only: an empty cell
// of biz_pwd alone is a problem. A quota is set and not added, also while pushes use it:
// what they took or gave back before no longer counts.
var Merchants = Kind{
	table: "merchant",
	key:   []string{"biz_id"},
	columns: []column{
		{name: "biz_id", read: id(waybill.MaxID)},
		{name: "password_hash", file: "biz_pwd", optional: true, readLine: password, fallback: "NULL"},
		{name: "no_password", optional: true, read: optional(flag), typ: "boolean"}, // for its problems
		{name: "cancel_allowed", optional: true, read: optional(flag), fallback: "true"},
		{name: "quota", optional: true, read: optional(quota), typ: "bigint"},
	},
	secret:     &secret{column: "password_hash", slow: true, store: hashed},
	fileChecks: []string{repeated("biz_id", "biz_id", "the merchant")},
	databaseChecks: []string{
		`SELECT l.line, 'biz_pwd', 'the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password'
			FROM import_row l
			WHERE {chunk} AND l.password_hash IS NULL
				AND NOT EXISTS (SELECT FROM merchant w WHERE w.biz_id = l.biz_id)`,
	},
	also: "updated_at = now()",

	// The quotas that exist are locked first, in the order of biz_id as pushes do it,
	// whatever becomes of them; then each is written. A merchant that this very
	// transaction has inserted counts as new, and not as changed as well because its
	// quota is not there yet.
	second: &second{
		column: "quota",
		differs: `w.xmin <> pg_current_xact_id()::xid
			AND l.quota IS DISTINCT FROM (SELECT q.remaining FROM quota q WHERE q.biz_id = l.biz_id)`,
		writes: []string{
			`SELECT FROM import_row l JOIN quota q ON q.biz_id = l.biz_id WHERE {chunk} ORDER BY l.n FOR UPDATE OF q`,
			`DELETE FROM quota q USING import_row l WHERE {chunk} AND q.biz_id = l.biz_id AND l.quota IS NULL`,
			`INSERT INTO quota (biz_id, remaining)
				SELECT l.biz_id, l.quota FROM import_row l WHERE {chunk} AND l.quota IS NOT NULL ORDER BY l.n
				ON CONFLICT (biz_id) DO UPDATE SET remaining = excluded.remaining
				WHERE quota.remaining <> excluded.remaining`,
		},
	},
}

// password is an empty one for a merchant that needs none, on purpose, and nil where
// the file does not say. It is not trimmed: a push brings it as it is.
func password(l *line) any {
	pwd := waybill.Password(l.cell("biz_pwd"))
	flagged, _ := flag(l.trimmed("no_password"))
	none := flagged == true
	switch {
	case len(pwd) > waybill.MaxPassword:
		l.problem("biz_pwd", fmt.Sprintf("is longer than %d bytes", waybill.MaxPassword))
	case none && pwd != "":
		l.problem("no_password", "is true, and there is a password")
	case none || pwd != "":
		if err := checkCell(string(pwd)); err != nil {
			l.problem("biz_pwd", err.Error())
		}
		return pwd
	case l.file.has("biz_pwd"):
		l.problem("biz_pwd", "is empty: a merchant that needs no password has true in the column no_password")
	}
	return nil
}

func hashed(e *Engine, _ string, clear any, old []byte) ([]byte, string, error) {
	pwd := string(clear.(waybill.Password))
	if pwd == "" {
		return []byte{}, "", nil
	}
	hash, err := e.HashPassword(string(old), pwd)
	return []byte(hash), "", err
}

// quota does not show the cell.
func quota(text string) (any, error) {
	n, ok := input.Decimal{}.Parse(text)
	if !ok || n > waybill.MaxQuota {
		return nil, fmt.Errorf("is not a whole number from 0 to %d", waybill.MaxQuota)
	}
	return n, nil
}
