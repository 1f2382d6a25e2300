package history

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// entry is an event as it is on record.
type entry struct {
	position     int64
	kind, parcel string
	id, body     string
	content
}

// content is what a body says.
type content struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"`
	Time         time.Time `json:"time"`
	WaybillID    string    `json:"waybill_id"`
	StatusBefore string    `json:"status_before"`
	Status       string    `json:"status"`
	ResultCode   *int      `json:"result_code"`
	ActionTime   int64     `json:"action_time"`
	ActionType   int       `json:"action_type"`
	Source       struct {
		Push string `json:"push"`
	} `json:"source"`
}

// fact is something that was decided, of which there has to be an event.
type fact struct{ kind, parcel string }

// outcome is the end of a run: all events, in the order of their positions, and how
// often each fact was decided, as the tables of what was decided have it.
type outcome struct {
	events  []entry
	decided map[fact]int
}

// The kinds of event that a run leads to.
const (
	eventBooked        = "waybill.booked"
	eventCancelled     = "waybill.cancelled"
	eventCancelRefused = "waybill.cancel_refused"
	eventScanned       = "waybill.scanned"
	eventScanRefused   = "waybill.scan_refused"
	eventCharged       = "waybill.charged"
	eventPlaced        = "order.placed"
	eventStatus        = "order.status_changed"
)

// What was decided is in the tables that the answers are made of. That a scan was
// refused is in none.
const (
	readEvents  = `SELECT position, kind, parcel, 'evt_' || replace(id::text, '-', ''), body FROM event ORDER BY position`
	readDecided = `SELECT kind, parcel, count(*) FROM (
			SELECT '` + eventBooked + `', 'waybill ' || waybill_id FROM waybill WHERE book_push IS NOT NULL
			UNION ALL SELECT '` + eventCancelled + `', 'waybill ' || waybill_id FROM waybill WHERE cancel_push IS NOT NULL
			UNION ALL SELECT '` + eventCharged + `', 'waybill ' || waybill_id FROM waybill WHERE charged_at IS NOT NULL
			UNION ALL SELECT '` + eventScanned + `', 'waybill ' || waybill_id FROM scan
			UNION ALL SELECT '` + eventCancelRefused + `', 'waybill ' || waybill_id FROM push WHERE event = 'cancel_waybill' AND result_code > 0
			UNION ALL SELECT '` + eventPlaced + `', 'order ' || shop_id || ' ' || order_id FROM delivery_attempt
			UNION ALL SELECT '` + eventStatus + `', 'order ' || shop_id || ' ' || order_id FROM delivery_step WHERE recorded_by <> 'push'
		) AS decided (kind, parcel) GROUP BY kind, parcel`
)

// readOutcome reads events and facts as of one moment: what is decided late is in both
// or in neither.
func readOutcome(ctx context.Context, database string) (r outcome, err error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return r, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return r, err
	}
	rows, _ := tx.Query(ctx, readEvents)
	r.events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e entry, err error) {
		if err = row.Scan(&e.position, &e.kind, &e.parcel, &e.id, &e.body); err != nil {
			return e, err
		}
		return e, json.Unmarshal([]byte(e.body), &e.content)
	})
	if err != nil {
		return r, err
	}
	r.decided = map[fact]int{}
	var f fact
	var n int
	rows, _ = tx.Query(ctx, readDecided)
	_, err = pgx.ForEachRow(rows, []any{&f.kind, &f.parcel, &n}, func() error {
		r.decided[f] = n
		return nil
	})
	return r, err
}

// parseCursor reads <epoch>.<position>.
func parseCursor(cursor string) (epoch string, position int64, err error) {
	epoch, text, found := strings.Cut(cursor, ".")
	if position, err = strconv.ParseInt(text, 10, 64); err != nil || !found || epoch == "" {
		return "", 0, fmt.Errorf("%q is no cursor: %w", cursor, err)
	}
	return epoch, position, nil
}
