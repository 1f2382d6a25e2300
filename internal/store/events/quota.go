package events

import (
	"strings"
	"time"

	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5/pgtype"
)

// QuotaLow is the event of a merchant whose quota a transaction may take below the mark.
// Only the database knows what is left: the body is in two parts around it.
type QuotaLow struct {
	At            time.Time
	Parcel        string
	ID            pgtype.UUID
	Before, After string
}

// QuotaLow makes the event of a booking, which takes from the quota.
func (w *Writer) QuotaLow(account string, now time.Time, bizID, cause string, source event.Source) QuotaLow {
	left := int64(0)
	e := w.event(account, event.MerchantQuotaLow, event.OfMerchant(bizID), cause, now,
		event.Body{BizID: bizID, Mark: &w.QuotaMark, Remaining: &left, Source: source})
	before, after, _ := strings.Cut(string(e.AppendJSON(nil)), `"remaining":0,`) // in an id its quotes would be escaped
	return QuotaLow{At: now, Parcel: e.Parcel, ID: uuidOf(e.ID), Before: before + `"remaining":`, After: "," + after}
}
