package express

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// The reviews of a batch's binds are locked in the order of their key, before anything is
// decided: a carrier's decision that comes meanwhile is made on what the binds leave. One
// that is not there cannot be locked. Of two servers that make it at once the second is
// refused by the table's key, and tried again: see Conflict.
const lockReviews = `SELECT r.*
	FROM unnest($1::text[], $2::text[], $3::text[]) AS q (biz_id, shop_app_id, account)
	CROSS JOIN LATERAL (
		SELECT ` + reviewColumns + `
		FROM merchant_review r
		WHERE r.biz_id = q.biz_id AND r.shop_app_id = q.shop_app_id AND r.account = q.account
		FOR NO KEY UPDATE) AS r`

var (
	insertReviews = batch.WriteAll(`INSERT INTO merchant_review (biz_id, shop_app_id, account, state, requested_at, push)
		SELECT biz_id, shop_app_id, account, 'pending', requested_at, push
		FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bytea[]) AS q (biz_id, shop_app_id, account, requested_at, push)`,
		`$1::text[]`)

	// Also of one that was pending: whoever is told that it is can rely on a commit.
	reopenReviews = batch.WriteAll(`UPDATE merchant_review r
		SET state = 'pending', requested_at = q.requested_at, push = q.push, decided_at = NULL, decided_by = '', message = ''
		FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bytea[]) AS q (biz_id, shop_app_id, account, requested_at, push)
		WHERE r.biz_id = q.biz_id AND r.shop_app_id = q.shop_app_id AND r.account = q.account`,
		`$1::text[]`)
)

// openReviews are the reviews that a batch of binds has locked, and those that it makes or
// reopens.
type openReviews struct {
	locked   bool // there was something to lock
	loaded   map[waybill.ReviewKey]*waybill.Review
	made     map[waybill.ReviewKey]*waybill.Review
	reopened map[waybill.ReviewKey]*waybill.Review
}

func (o *openReviews) queueLoad(b *pgx.Batch, keys []waybill.ReviewKey) {
	if o.locked = len(keys) > 0; !o.locked {
		return
	}
	slices.SortFunc(keys, compareReviews)
	b.Queue(lockReviews, reviewKeys(keys)...)
}

func compareReviews(x, y waybill.ReviewKey) int {
	return cmp.Or(strings.Compare(x.BizID, y.BizID), strings.Compare(x.ShopAppID, y.ShopAppID), strings.Compare(x.Account, y.Account))
}

// reviewKeys are the columns of keys.
func reviewKeys(keys []waybill.ReviewKey) []any {
	bizIDs, shops, accounts := []string{}, []string{}, []string{}
	for _, k := range keys {
		bizIDs, shops, accounts = append(bizIDs, k.BizID), append(shops, k.ShopAppID), append(accounts, k.Account)
	}
	return []any{bizIDs, shops, accounts}
}

func (o *openReviews) load(res pgx.BatchResults) error {
	if !o.locked {
		return nil
	}
	o.loaded, o.made, o.reopened = map[waybill.ReviewKey]*waybill.Review{}, map[waybill.ReviewKey]*waybill.Review{}, map[waybill.ReviewKey]*waybill.Review{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var r waybill.Review
		err := rows.Scan(reviewFields(&r)...)
		o.loaded[r.ReviewKey] = &r
		return err
	})
	if err != nil {
		return fmt.Errorf("lock reviews: %w", err)
	}
	return nil
}

// of is a review as the batch leaves it so far, nil if there is none.
func (o *openReviews) of(k waybill.ReviewKey) *waybill.Review {
	if r := o.made[k]; r != nil {
		return r
	}
	return o.loaded[k]
}

// reopen makes a review pending, which there may not be yet. It tells whether it was not.
func (o *openReviews) reopen(k waybill.ReviewKey, push ledger.PushID, now time.Time) (opened bool) {
	r := o.of(k)
	if r == nil {
		r = &waybill.Review{ReviewKey: k}
		o.made[k] = r
	} else if o.made[k] == nil {
		o.reopened[k] = r
	}
	opened = r.State != waybill.ReviewPending
	r.Reopen(push, now)
	return opened
}

// queueWrite makes rows before it changes some: whoever makes one waits for nobody who has
// changed it and waits for a row.
func (o *openReviews) queueWrite(b *pgx.Batch) {
	for _, w := range []struct {
		sql     string
		reviews map[waybill.ReviewKey]*waybill.Review
	}{{insertReviews, o.made}, {reopenReviews, o.reopened}} {
		if len(w.reviews) == 0 {
			continue
		}
		keys := slices.SortedFunc(maps.Keys(w.reviews), compareReviews)
		at, pushes := make([]time.Time, len(keys)), make([][]byte, len(keys))
		for i, k := range keys {
			r := w.reviews[k]
			at[i], pushes[i] = r.RequestedAt, r.Push[:]
		}
		b.Queue(w.sql, append(reviewKeys(keys), at, pushes)...)
	}
}
