package api

import (
	"math"
	"net/url"
	"strconv"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

const (
	defaultLimit = 100
	maxLimit     = 1000

	// defaultRange is the range of a query without from.
	defaultRange = 24 * time.Hour
)

// pushParams are the parameters of a query for pushes.
var pushParams = []string{"from", "to", "biz_id", "waybill_id", "order_id", "account", "event", "result", "reason", "repeat", "limit", "cursor"}

func decodePushQuery(r *request) (ledger.Filter, error) {
	q := ledger.Filter{
		From:      r.queryTime("from"),
		To:        r.queryTime("to"),
		BizID:     r.queryID("biz_id", waybill.MaxID),
		WaybillID: r.queryID("waybill_id", waybill.MaxID),
		OrderID:   r.queryID("order_id", waybill.MaxOrderID),
		Account:   r.queryID("account", waybill.MaxID),
		Event:     r.queryID("event", waybill.MaxID),
		Reason:    r.queryID("reason", waybill.MaxID),
		Repeat:    r.queryBool("repeat"),
		Limit:     r.queryInt("limit", 1, maxLimit, defaultLimit),
	}
	if r.query.Has("result") {
		q.Result = new(r.queryInt("result", math.MinInt32, math.MaxInt32, 0))
	}
	if r.query.Has("cursor") {
		m, ok := readCursor(r.query.Get("cursor"))
		if !ok {
			r.fail(invalidField("cursor", "is not from next"))
		}
		q.Before = &m
	}
	if q.From.IsZero() {
		q.From = defaultFrom(q, time.Now())
	} else if !q.To.IsZero() && !q.From.Before(q.To) {
		r.fail(invalidField("from", "is not before to"))
	}
	return q, nil
}

// defaultFrom is the beginning of the range of a query without from; a query for one parcel
// has none. A query without to has no end: the ledger's times are the database's, and some
// may be ahead of this server's clock.
func defaultFrom(q ledger.Filter, now time.Time) time.Time {
	if q.BizID != "" && (q.WaybillID != "" || q.OrderID != "") {
		return time.Time{}
	}
	end := q.To
	if end.IsZero() {
		end = now
	}
	return end.Add(-defaultRange).Truncate(time.Microsecond).UTC()
}

// pushes pages through the answered pushes, newest first.
func (a *API) pushes(r *request, q ledger.Filter) (pushesJSON, error) {
	page, more, err := a.Ledger.List(r.ctx, q)
	shown := pushesJSON{Pushes: each(page, showPush)}
	if more {
		// All pages have the range and the limit of the first.
		if !q.From.IsZero() {
			r.query.Set("from", q.From.Format(time.RFC3339Nano))
		}
		r.query.Set("limit", strconv.Itoa(q.Limit))
		shown.Next = olderPushes(r.query, page)
	}
	return shown, err
}

// olderPushes is the URL of the pushes of a query that are older than a page's.
func olderPushes(query url.Values, page []ledger.Entry) string {
	if len(page) == 0 {
		return ""
	}
	last := page[len(page)-1]
	query.Set("cursor", writeCursor(ledger.Cursor{At: last.At, Serial: last.Serial}))
	return "/v1/pushes?" + query.Encode()
}
