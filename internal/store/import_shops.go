package store

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"carrierhook/internal/delivery"

	"github.com/jackc/pgx/v5"
)

// maxSecret is how many bytes a shop's secret may have.
const maxSecret = 256

// ImportShops loads a CSV file with a header row of column names: shop_id, secret
// and, optional, active.
//
// The secret is the AppSecret that the company gave the merchant. It is sealed
// before it reaches the database. One that is the same as before is left alone, so
// that the line counts as unchanged; but where it is still sealed under the
// previous key it is sealed anew under the present one, and counts as updated: after
// a whole file was imported nothing needs the previous key. Where neither key opens
// what a shop has on record, the line has a fault: delivery.key is the wrong one, and
// sealed anew under it the shop would be lost to the servers, which have the right
// one. Where the right one is lost, reseal takes the file's secrets for what they are.
//
// An empty or missing active leaves a known shop as it is and makes a new one
// active. The pushes of one that is not are refused.
//
// The whole file is checked before anything is loaded: what is wrong with it
// comes back as an *ImportError, which shows no cell of it. Without
// Options.Delivery it is ErrNoDeliveryKey.
func (s *Store) ImportShops(ctx context.Context, r io.Reader, reseal bool) (ImportReport, error) {
	if s.seals == nil {
		return ImportReport{}, ErrNoDeliveryKey
	}
	return s.runImport(ctx, r, shopImport(s.seals, reseal))
}

func shopImport(s *seals, reseal bool) importKind {
	return importKind{
		table:    "shop",
		required: []string{"shop_id", "secret"},
		optional: []string{"active"},
		staged: []importColumn{
			{"shop_id", `text COLLATE "C" NOT NULL`},
			{"secret", "bytea NOT NULL"},
			{"active", "boolean"},
		},
		parse: parseShop,
		prepare: func(ctx context.Context, conn *pgx.Conn, rows [][]any, faults *importFaults) error {
			known, err := sealedSecrets(ctx, conn, rows)
			if err != nil {
				return fmt.Errorf("read the shops' sealed secrets: %w", err)
			}
			if !reseal {
				faults.foreign(s, rows, known)
			}
			s.sealRows(rows, known)
			return nil
		},
		fileFaults: []string{
			`SELECT line, 'shop_id', 'the shop stands on line ' || first || ' already'
				FROM (SELECT line, min(line) OVER (PARTITION BY shop_id) AS first FROM import_line) AS l
				WHERE line > first`,
		},
		key: []string{"shop_id"},
		insert: []importValue{
			{"shop_id", "l.shop_id"},
			{"secret", "l.secret"},
			{"active", "coalesce(l.active, true)"},
		},
		merge: func(has func(column string) bool) []importValue {
			merge := []importValue{{"secret", "l.secret"}}
			if has("active") {
				merge = append(merge, importValue{"active", "coalesce(l.active, w.active)"})
			}
			return merge
		},
		also: []importValue{{"updated_at", "now()"}},
	}
}

// Where parseShop puts things, after the line number at the head of a row.
const (
	shopLine   = 0
	shopID     = 1
	shopSecret = 2
)

// parseShop leaves the secret in clear for sealRows to replace. It is not
// trimmed, for it is signed with as it is; but no company gives one that begins or
// ends with a space, which is a slip of the hand and would refuse every push.
func parseShop(l *importLine) []any {
	secret := l.cell("secret")
	switch {
	case strings.TrimSpace(secret) == "":
		l.fault("secret", "is empty")
	case strings.TrimSpace(secret) != secret:
		l.fault("secret", "has white space around it")
	case len(secret) > maxSecret:
		l.fault("secret", fmt.Sprintf("is longer than %d bytes", maxSecret))
	case strings.ContainsFunc(secret, unicode.IsControl):
		l.fault("secret", "has control characters in it")
	}
	return []any{l.id("shop_id", delivery.MaxID), delivery.Secret(secret), l.flag("active")}
}

// foreign makes a fault of each line whose shop has a secret on record that no key
// opens. That the shop is on record makes its id an id, which may be shown.
func (f *importFaults) foreign(s *seals, rows [][]any, known map[string][]byte) {
	for _, row := range rows {
		id := row[shopID].(string)
		sealed, there := known[id]
		if _, _, ok := s.open(id, sealed); there && !ok {
			f.add(ImportFault{row[shopLine].(int64), "secret", fmt.Sprintf("the secret of shop %q on record was sealed under another key: "+
				"delivery.key is not the one that the servers had; set that one, or, if it is lost, seal all shops anew with --reseal", id)})
		}
	}
}

// sealRows replaces the secrets of a batch, so that none reaches the database in
// clear. One that is there already under the present key stays sealed as it is:
// sealed anew it would look like another one.
func (s *seals) sealRows(rows [][]any, known map[string][]byte) {
	for _, row := range rows {
		id, secret := row[shopID].(string), row[shopSecret].(delivery.Secret)
		if old, present, ok := s.open(id, known[id]); ok && present && old == secret {
			row[shopSecret] = known[id]
		} else {
			row[shopSecret] = s.seal(id, secret)
		}
	}
}

// sealedSecrets are what the shops of these rows have now.
func sealedSecrets(ctx context.Context, conn *pgx.Conn, rows [][]any) (map[string][]byte, error) {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row[shopID].(string))
	}
	found, err := conn.Query(ctx, `SELECT shop_id, secret FROM shop WHERE shop_id = ANY ($1)`, ids)
	if err != nil {
		return nil, err
	}
	known := make(map[string][]byte, len(ids))
	var id string
	var sealed []byte
	_, err = pgx.ForEachRow(found, []any{&id, &sealed}, func() error {
		known[id], sealed = sealed, nil // the next row has bytes of its own
		return nil
	})
	return known, err
}
