package store

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"carrierhook/internal/input"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

var merchantImport = importKind{
	table:    "merchant",
	required: []string{"biz_id"},
	optional: []string{"biz_pwd", "no_password", "cancel_allowed", "quota"},
	staged: []importColumn{
		{"biz_id", `text COLLATE "C" NOT NULL`},
		{"password_hash", "text"}, // NULL: the file does not say
		{"cancel_allowed", "boolean"},
		{"quota", "bigint"},
	},
	parse:   parseMerchant,
	prepare: hashPasswords,
	fileFaults: []string{
		`SELECT line, 'biz_id', 'the merchant stands on line ' || first || ' already'
			FROM (SELECT line, min(line) OVER (PARTITION BY biz_id) AS first FROM import_line) AS l
			WHERE line > first`,
	},
	databaseFaults: []string{
		`SELECT l.line, 'biz_pwd', 'the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password'
			FROM import_row l
			WHERE l.n > $1 AND l.n <= $2 AND l.password_hash IS NULL
				AND NOT EXISTS (SELECT FROM merchant w WHERE w.biz_id = l.biz_id)`,
	},
	key: []string{"biz_id"},
	insert: []importValue{
		{"biz_id", "l.biz_id"},
		{"password_hash", "l.password_hash"},
		{"cancel_allowed", "coalesce(l.cancel_allowed, true)"},
	},
	merge:  mergeMerchant,
	also:   []importValue{{"updated_at", "now()"}},
	beside: besideMerchant,
}

func mergeMerchant(has func(column string) bool) []importValue {
	var merge []importValue
	if has("biz_pwd") || has("no_password") {
		merge = append(merge, importValue{"password_hash", "coalesce(l.password_hash, w.password_hash)"})
	}
	if has("cancel_allowed") {
		merge = append(merge, importValue{"cancel_allowed", "coalesce(l.cancel_allowed, w.cancel_allowed)"})
	}
	return merge
}

// besideMerchant keeps the quotas. The rows that exist are locked first, in the
// order of biz_id as pushes do it, whatever becomes of them; then each is written.
// A merchant that this very transaction has inserted counts as new, and not as
// changed as well because its quota is not there yet.
func besideMerchant(has func(column string) bool) importBeside {
	if !has("quota") {
		return importBeside{}
	}
	return importBeside{
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
	}
}

// Where parseMerchant puts things, after the line number.
const (
	merchantBizID    = 1
	merchantPassword = 2
)

// parseMerchant leaves the password in clear for hashPasswords to replace. It
// is not trimmed: a push brings it as it is.
func parseMerchant(l *importLine) []any {
	return []any{l.id("biz_id", waybill.MaxID), parsePassword(l), l.flag("cancel_allowed"), parseQuota(l)}
}

// parsePassword is an empty one for a merchant that needs none, on purpose, and nil
// where the file does not say.
func parsePassword(l *importLine) any {
	pwd, none := waybill.Password(l.cell("biz_pwd")), l.flag("no_password") == true
	switch {
	case len(pwd) > waybill.MaxPassword:
		l.fault("biz_pwd", strings.TrimPrefix(errPasswordLong.Error(), "password "))
	case none && pwd != "":
		l.fault("no_password", "is true, and there is a password")
	case none || pwd != "":
		return pwd
	case l.file.has("biz_pwd"):
		l.fault("biz_pwd", "is empty: a merchant that needs no password has true in the column no_password")
	}
	return nil
}

// parseQuota is nil for a monthly account. The cell is not shown.
func parseQuota(l *importLine) any {
	text := strings.TrimSpace(l.cell("quota"))
	if text == "" {
		return nil
	}
	quota, ok := input.Decimal{}.Parse(text)
	if !ok || quota > waybill.MaxQuota {
		l.fault("quota", fmt.Sprintf("is not a whole number from 0 to %d", waybill.MaxQuota))
	}
	return quota
}

// hashPasswords replaces the passwords of a batch by their hashes, so that none
// reaches the database. A password that opens the merchant's hash keeps it:
// hashed anew it would look like another one.
//
// When the file has a fault already nothing will be loaded, and the hashing, by
// far the slowest part, is left out.
func hashPasswords(ctx context.Context, conn *pgx.Conn, rows [][]any, faults *importFaults) error {
	doomed := faults.count > 0
	var hashes map[string]string
	if !doomed {
		var err error
		if hashes, err = passwordHashes(ctx, conn, rows); err != nil {
			return fmt.Errorf("read the merchants' password hashes: %w", err)
		}
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, row := range rows {
		said, ok := row[merchantPassword].(waybill.Password)
		if !ok {
			continue // nothing: a known merchant keeps what it has
		}
		bizID, pwd := row[merchantBizID].(string), string(said)
		row[merchantPassword] = ""
		if doomed || pwd == "" {
			continue
		}
		work.Go(func() (err error) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if old := hashes[bizID]; old != "" && passwordMatches(old, pwd) {
				row[merchantPassword] = old
				return nil
			}
			row[merchantPassword], err = hashPassword(pwd)
			return err
		})
	}
	return work.Wait()
}

// passwordHashes are the hashes that the merchants of these rows have now.
func passwordHashes(ctx context.Context, conn *pgx.Conn, rows [][]any) (map[string]string, error) {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row[merchantBizID].(string))
	}
	found, err := conn.Query(ctx, `SELECT biz_id, password_hash FROM merchant WHERE biz_id = ANY ($1)`, ids)
	if err != nil {
		return nil, err
	}
	hashes := make(map[string]string, len(ids))
	var id, hash string
	_, err = pgx.ForEachRow(found, []any{&id, &hash}, func() error {
		hashes[id] = hash
		return nil
	})
	return hashes, err
}
