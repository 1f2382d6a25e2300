package events

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Delivery is an event on its way to an endpoint.
type Delivery struct {
	Stored
	Attempts int
	Age      time.Duration // from the log: when it was read, by the database's clock
	Behind   bool          // from the log: an earlier one of its parcel is in event_retry
	Missed   event.ID      // the newest dead one of its parcel before it; zero: there is none
}

// Page of the log is what is behind after, up to a position that is at most upTo, and of
// kinds; none: all kinds.
type Page struct {
	Endpoint    string
	Kinds       []event.Kind
	After, UpTo int64
	Limit       int // of events that are read, of any kind
}

// missed finds the newest dead one of the parcel of event e, before it.
const missed = `(SELECT d.id FROM event_dead d
		WHERE d.endpoint = $1 AND d.parcel = e.parcel AND d.position < e.position
		ORDER BY d.position DESC LIMIT 1)`

// The last row is there whatever its kind: it tells how far the page goes.
const readPage = `SELECT position, at, kind, parcel, id, body, scanned, cardinality($5::text[]) = 0 OR kind = ANY ($5),
		(extract(epoch FROM statement_timestamp() - at) * 1000)::bigint,
		EXISTS (SELECT FROM event_retry r WHERE r.endpoint = $1 AND r.parcel = e.parcel), ` + missed + `
	FROM (SELECT position, at, kind, parcel, id, body, max(position) OVER () AS last, count(*) OVER () AS scanned
		FROM (SELECT position, at, kind, parcel, id, body
			FROM event
			WHERE position > $2 AND position <= $3
			ORDER BY position
			LIMIT $4) AS log) AS e
	WHERE position = last OR cardinality($5::text[]) = 0 OR kind = ANY ($5)
	ORDER BY position`

// ReadPage reads a page of the log, and tells up to where it goes.
func (d *Deliveries) ReadPage(ctx context.Context, p Page) (page []Delivery, next int64, err error) {
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		page, next, err = readPageOn(ctx, conn, p)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read events for %s: %w", p.Endpoint, err)
	}
	return page, next, nil
}

func readPageOn(ctx context.Context, conn *pgxpool.Conn, p Page) (page []Delivery, next int64, err error) {
	rows, _ := conn.Query(ctx, readPage, p.Endpoint, p.After, p.UpTo, p.Limit, kindsOf(p.Kinds))
	defer rows.Close()
	next = p.UpTo
	for rows.Next() {
		var e Delivery
		var scanned int
		var wanted bool
		var age int64
		if err := rows.Scan(&e.Position, &e.At, &e.Kind, &e.Parcel, (*id)(&e.ID), &e.Body, &scanned, &wanted, &age, &e.Behind, (*id)(&e.Missed)); err != nil {
			return nil, 0, err
		}
		if scanned == p.Limit {
			next = e.Position
		}
		if e.Age = time.Duration(age) * time.Millisecond; wanted {
			page = append(page, e)
		}
	}
	return page, next, rows.Err()
}

// id scans the id of an event; null is zero.
type id event.ID

func (i *id) ScanUUID(v pgtype.UUID) error {
	*i = v.Bytes
	return nil
}

// kindsOf are kinds as texts; of none, all of them.
func kindsOf(kinds []event.Kind) []string {
	if len(kinds) == 0 {
		kinds = event.Kinds()
	}
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = string(k)
	}
	return texts
}
