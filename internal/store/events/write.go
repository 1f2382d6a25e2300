// Package events keeps the events: decided facts that the carrier's systems are told of.
// They are written in the transaction that decides, handed out in an order that has no
// gaps, and kept until each endpoint has them.
//
// It knows neither rules nor HTTP: what is decided comes in, what is delivered is told.
package events

import (
	"cmp"
	"slices"
	"time"

	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// InsertSQL writes events, which take their positions in the order of the arrays. A program
// that measures it needs its text.
const InsertSQL = `INSERT INTO event (at, kind, parcel, id, body)
	SELECT $1, kind, parcel, id, body
	FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[]) AS q (kind, parcel, id, body)`

// WriterOptions say which events are written.
type WriterOptions struct {
	Account     string       // of facts that no push made: the user name of the only mini program; empty: there are several
	Kinds       []event.Kind // that somebody wants; none: nothing is written
	QuotaMark   int64        // the mark of event.MerchantQuotaLow
	NumbersMark int64        // the mark of event.NumbersLow
	Written     func()       // called when events are about to be committed; nil: nobody waits
}

// Writer writes events into the transactions that decide. It is safe for use by many
// goroutines.
type Writer struct{ WriterOptions }

// NewWriter makes a Writer.
func NewWriter(o WriterOptions) *Writer {
	if o.Written == nil {
		o.Written = func() {}
	}
	return &Writer{o}
}

// Wants tells whether events of a kind are written. A nil Writer writes none.
func (w *Writer) Wants(k event.Kind) bool { return w != nil && slices.Contains(w.Kinds, k) }

// Prepare queues what is written, for a new connection.
func (w *Writer) Prepare(b *pgx.Batch) {
	if len(w.Kinds) > 0 {
		b.Queue(InsertSQL, time.Time{}, []string{}, []string{}, []pgtype.UUID{}, []string{})
	}
}

// Collection is the events of one transaction.
type Collection struct {
	w       *Writer
	now     time.Time
	kinds   []string
	parcels []string
	ids     []pgtype.UUID
	texts   []byte // the bodies, one behind the other
	ends    []int  // of each
}

// Collect begins the events of a transaction, whose time is now.
func (w *Writer) Collect(now time.Time) Collection { return Collection{w: w, now: now} }

// Add adds an event if its kind is wanted. account is the user name of the mini program that
// the fact belongs to, empty for none; cause is what made it: see event.NewID.
func (c *Collection) Add(account string, k event.Kind, parcel, cause string, body event.Body) {
	if !c.w.Wants(k) {
		return
	}
	e := c.w.event(account, k, parcel, cause, c.now, body)
	c.kinds, c.parcels = append(c.kinds, string(k)), append(c.parcels, parcel)
	c.ids, c.texts = append(c.ids, uuidOf(e.ID)), e.AppendJSON(c.texts)
	c.ends = append(c.ends, len(c.texts))
}

func (w *Writer) event(account string, k event.Kind, parcel, cause string, now time.Time, body event.Body) event.Event {
	return event.Event{ID: event.NewID(k, parcel, cause), Kind: k, Parcel: parcel, Time: now, Account: cmp.Or(account, w.Account), Body: body}
}

// Queue writes what was added.
func (c *Collection) Queue(b *pgx.Batch) {
	if len(c.kinds) == 0 {
		return
	}
	b.Queue(InsertSQL, c.now, c.kinds, c.parcels, c.ids, c.bodies())
	c.w.Written()
}

func (c *Collection) bodies() []string {
	all, from := make([]string, len(c.ends)), 0
	texts := string(c.texts)
	for i, end := range c.ends {
		all[i], from = texts[from:end], end
	}
	return all
}

// uuidOf is an id in the type whose arrays go out in each query mode: of [16]byte pgx knows
// no array unless Postgres has said the parameter's type.
func uuidOf(id [16]byte) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: true} }
