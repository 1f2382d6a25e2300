package store_test

import (
	"context"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/waybill"
)

// deed is something that is committed. do tells whether it was told to have done it,
// and not to have found it done.
type action struct {
	before func(testing.TB, testStore)
	do     func(context.Context, testStore) (first bool, err error)
	rows   string // 1 once it is done
	ledger string // the rows of the ledger that say so, 1 too; empty: it leaves none
	again  bool   // it is told to be done each time
}

const firstRows = `SELECT count(*) FROM push WHERE reason = 'accepted' AND NOT repeat AND event = `

// allActions are those of every kind, by the names of databases.
func allActions() map[string]action {
	all := map[string]action{
		"cancel": {
			before: func(tb testing.TB, d testStore) { d.AddWaybills(tb, "W") },
			do: func(ctx context.Context, d testStore) (bool, error) {
				g, err := d.Cancel(ctx, expresstest.CancelPush(1, "W"))
				return g == waybill.CancelDecision{Reason: waybill.Accepted}, err
			},
			rows:   `SELECT count(*) FROM waybill WHERE waybill_id = 'W' AND status = 'cancelled'`,
			ledger: firstRows + `'cancel_waybill'`,
		},
		"book": {
			before: func(tb testing.TB, d testStore) { d.lease(tb) },
			do: func(ctx context.Context, d testStore) (bool, error) {
				g, err := d.Book(ctx, expresstest.OrderPush(1, "P", "O1"))
				return g.Reason == waybill.Accepted && !g.Repeat, err
			},
			rows:   `SELECT count(*) FROM waybill JOIN quota USING (biz_id) WHERE order_id = 'O1' AND remaining = 9`,
			ledger: firstRows + `'add_waybill'`,
		},
		"review": {
			before: func(tb testing.TB, d testStore) {
				expresstest.AddReview(tb, d.Database, waybill.ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wx1"})
			},
			do: func(ctx context.Context, d testStore) (bool, error) {
				g, err := d.DecideReview(ctx, waybill.ReviewResult{ReviewKey: waybill.ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: "wx1"}, Passed: true})
				return g.Verdict == waybill.Recorded, err
			},
			rows: `SELECT count(*) FROM merchant_review WHERE state = 'passed'`,
		},
	}
	for name, r := range reports {
		all["report_"+strings.ReplaceAll(name, " ", "_")] = action{
			before: func(tb testing.TB, d testStore) {
				d.AddWaybills(tb, "W")
				instanttest.InsertOrders(tb, d.Database, delivery.Waiting, "D")
				d.Exec(tb, `INSERT INTO waybill (biz_id, waybill_id, order_id, from_quota) VALUES ('P', 'paid', 'O', true)`)
			},
			do:   func(ctx context.Context, d testStore) (bool, error) { return r.tell(ctx, d) },
			rows: r.rows,
		}
	}
	for name, p := range changingPushes {
		r := p.push()
		all["instant_"+name] = action{
			before: func(tb testing.TB, d testStore) { p.before(tb, d); d.lease(tb) },
			do: func(ctx context.Context, d testStore) (bool, error) {
				g, err := d.Instant.DecidePush(ctx, r)
				return g.Reason == delivery.Accepted && !g.Repeat, err
			},
			rows:   p.rows,
			ledger: firstRows + `'` + r.Push.Event + `' AND encode(identity, 'hex') LIKE '00000104%'`,
		}
	}
	return all
}

// imports are the deeds that no try's time ends, and the tools'. Each needs a session
// that lives.
var imports = map[string]action{
	"waybills":  loads(`SELECT count(*) FROM waybill WHERE waybill_id = 'I'`, csvimport.Waybills, "biz_id,waybill_id,order_id\nB,I,OI\n"),
	"merchants": loads(`SELECT count(*) FROM merchant WHERE biz_id = 'I'`, csvimport.Merchants, "biz_id,biz_pwd\nI,pw\n"),
	"shops":     loads(`SELECT count(*) FROM shop WHERE shop_id = 'I'`, csvimport.Shops(false), "shop_id,secret\nI,secret\n"),
	"areas":     loads(`SELECT count(*) FROM area WHERE province = '海南'`, csvimport.Areas, "province,city,area,collects,delivers\n海南,,,true,true\n"),
	"samples": {
		before: func(testing.TB, testStore) {},
		do: func(ctx context.Context, d testStore) (bool, error) {
			return true, d.Replace(ctx, []express.MerchantRow{{BizID: "I", Password: "pw"}}, nil)
		},
		rows: `SELECT count(*) FROM merchant WHERE biz_id = 'I'`, again: true,
	},
	"sample_shops": {
		before: func(testing.TB, testStore) {},
		do: func(ctx context.Context, d testStore) (bool, error) {
			return true, d.Instant.ReplaceShops(ctx, []instant.ShopRow{{ID: "I", Secret: "secret"}})
		},
		rows: `SELECT count(*) FROM shop WHERE shop_id = 'I'`, again: true,
	},
	"schema": { // as somebody else has made it
		before: func(testing.TB, testStore) {},
		do:     func(ctx context.Context, d testStore) (bool, error) { return true, store.Migrate(ctx, d.URL, nil) },
		rows:   `SELECT count(*) FROM pg_class WHERE relname = 'goose_db_version'`, again: true,
	},
	"trusted_clock": {
		before: func(testing.TB, testStore) {},
		do: func(ctx context.Context, d testStore) (bool, error) {
			_, err := d.TrustClock(ctx)
			return true, err
		},
		rows: `SELECT count(*) FROM clock WHERE trusted_at IS NOT NULL`, again: true,
	},
}

func loads(rows string, kind csvimport.Kind, file string) action {
	return action{
		before: func(testing.TB, testStore) {},
		do: func(ctx context.Context, d testStore) (bool, error) {
			report, err := d.Import(ctx, kind, strings.NewReader(file))
			return report.Unchanged == 0, err
		},
		rows: rows,
	}
}
