package api

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

const (
	defaultLimit = 100
	maxLimit     = 1000

	// defaultRange is how far back pushes are looked for when nothing else says so.
	defaultRange = 24 * time.Hour
)

// pushes pages through the pushes that were answered, newest first.
func (a *API) pushes(r *request) (answer, error) {
	q := r.query("from", "to", "biz_id", "waybill_id", "order_id", "event", "result", "reason", "repeat", "limit", "cursor")
	wanted := q.asked(time.Now())
	if q.err != nil {
		return answer{}, q.err
	}
	page, more, err := a.Office.Asked(r.ctx, wanted)
	if err != nil {
		return answer{}, err
	}
	shown := struct {
		Pushes []thePush `json:"pushes"`
		Next   string    `json:"next,omitempty"`
	}{Pushes: showPushes(page)}
	if more && len(page) > 0 {
		shown.Next = q.next(wanted, page[len(page)-1])
	}
	return answer{status: http.StatusOK, body: shown}, nil
}

// asked reads which pushes are looked for.
func (q *query) asked(now time.Time) ledger.Filter {
	wanted := ledger.Filter{
		From:      q.moment("from"),
		To:        q.moment("to"),
		BizID:     q.id("biz_id", waybill.MaxID),
		WaybillID: q.id("waybill_id", waybill.MaxID),
		OrderID:   q.id("order_id", waybill.MaxOrderID),
		Event:     q.id("event", waybill.MaxID),
		Reason:    q.id("reason", waybill.MaxID),
		Repeat:    q.truth("repeat"),
		Limit:     q.whole("limit", 1, maxLimit, defaultLimit),
	}
	if q.has("result") {
		wanted.Result = new(q.whole("result", math.MinInt32, math.MaxInt32, 0))
	}
	if q.has("cursor") {
		m, ok := readCursor(q.values.Get("cursor"))
		if !ok {
			q.wrong("cursor", "is none that next had")
		}
		wanted.Before = &m
	}
	if wanted.From.IsZero() {
		wanted.From = defaultFrom(wanted, now)
	} else if !wanted.To.IsZero() && !wanted.From.Before(wanted.To) {
		q.wrong("from", "is not before to")
	}
	return wanted
}

// defaultFrom is where the range begins when the request does not say so: nowhere,
// when it asks about one parcel. A range without an end has none: the record's
// clock is the database's, so ours cannot tell what is the newest.
func defaultFrom(wanted ledger.Filter, now time.Time) time.Time {
	if wanted.BizID != "" && (wanted.WaybillID != "" || wanted.OrderID != "") {
		return time.Time{}
	}
	end := wanted.To
	if end.IsZero() {
		end = now
	}
	return end.Add(-defaultRange).Truncate(time.Microsecond).UTC()
}

// next is the URL of the page that follows the push. What was decided when the
// first page was asked for holds for all of them.
func (q *query) next(wanted ledger.Filter, last ledger.Entry) string {
	values := url.Values{}
	for name := range q.values {
		values.Set(name, q.values.Get(name))
	}
	if !wanted.From.IsZero() {
		values.Set("from", wanted.From.Format(time.RFC3339Nano))
	}
	values.Set("limit", strconv.Itoa(wanted.Limit))
	values.Set("cursor", writeCursor(ledger.Cursor{At: last.At, Serial: last.Serial}))
	return "/v1/pushes?" + values.Encode()
}

// olderPushes is the URL of the pushes with these values that are older than one.
func olderPushes(values url.Values, last ledger.Entry) string {
	values.Set("cursor", writeCursor(ledger.Cursor{At: last.At, Serial: last.Serial}))
	return "/v1/pushes?" + values.Encode()
}
