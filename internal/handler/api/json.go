package api

import (
	"encoding/hex"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// unknownState is the state of a waybill of which there are only pushes.
const unknownState = "unknown"

// each shows every element of a list. An empty list is shown as [].
func each[T, Shown any](list []T, show func(*T) Shown) []Shown {
	shown := make([]Shown, len(list))
	for i := range list {
		shown[i] = show(&list[i])
	}
	return shown
}

// waybillJSON is a waybill. A time that has not come is left out.
type waybillJSON struct {
	BizID           string         `json:"biz_id"`
	WaybillID       string         `json:"waybill_id"`
	OrderID         string         `json:"order_id"`
	ShopAppID       string         `json:"shop_app_id"`
	Service         string         `json:"service"`
	Account         string         `json:"account"` // empty: booked elsewhere
	State           waybill.Status `json:"state"`
	FromQuota       bool           `json:"from_quota"`
	BookedAt        moment         `json:"booked_at"`
	CollectedAt     moment         `json:"collected_at,omitzero"`
	ChargedAt       moment         `json:"charged_at,omitzero"`
	SignedAt        moment         `json:"signed_at,omitzero"`
	CancelledAt     moment         `json:"cancelled_at,omitzero"`
	CancelledByPush string         `json:"cancelled_by_push,omitempty"`
}

func showWaybill(w *waybill.Waybill) waybillJSON {
	shown := waybillJSON{
		BizID: w.BizID, WaybillID: w.ID, OrderID: w.OrderID, ShopAppID: w.ShopAppID, Service: w.Service, Account: w.Account,
		State: w.Status, FromQuota: w.FromQuota, BookedAt: moment(w.BookedAt), CollectedAt: moment(w.CollectedAt),
		ChargedAt: moment(w.ChargedAt), SignedAt: moment(w.SignedAt), CancelledAt: moment(w.CancelledAt),
	}
	if w.CancelledBy != (ledger.PushID{}) {
		shown.CancelledByPush = hex.EncodeToString(w.CancelledBy[:])
	}
	return shown
}

// historyJSON is the history of a waybill.
type historyJSON struct {
	Booking    *bookingJSON `json:"booking,omitempty"`
	Scans      []scanJSON   `json:"scans"`
	ScansCut   bool         `json:"scans_cut,omitempty"`
	Pushes     []pushJSON   `json:"pushes"`
	PushesNext string       `json:"pushes_next,omitempty"`
}

// chargeJSON is the answer to a charge.
type chargeJSON struct {
	Verdict waybill.Verdict `json:"verdict"`
	waybillJSON
}

// numberJSON stands for a waybill of which there are only pushes.
type numberJSON struct {
	BizID     string `json:"biz_id"`
	WaybillID string `json:"waybill_id"`
	State     string `json:"state"`
}

// bookingJSON is what a push booked, without personal data.
type bookingJSON struct {
	Label       string `json:"label"`
	Pieces      int64  `json:"pieces"`
	Grams       int64  `json:"grams"`
	InsuredFen  int64  `json:"insured_fen"`
	HasContacts bool   `json:"has_contacts"`
}

// scanJSON is a recorded scan.
type scanJSON struct {
	ActionType     int     `json:"action_type"`
	Action         string  `json:"action"`
	ActionTime     int64   `json:"action_time"`
	ActionMsg      *string `json:"action_msg,omitempty"`
	IdempotencyKey *string `json:"idempotency_key,omitempty"`
	RecordedAt     moment  `json:"recorded_at"`
	RecordedBy     string  `json:"recorded_by"`
}

// showScan shows a scan. Only a token with the scope personal sees its message, which
// may hold a courier's telephone number, and a key that was made of the message.
func (r *request) showScan(s *waybill.RecordedScan) scanJSON {
	personal := r.caller.Scopes.has(Personal)
	return scanJSON{
		ActionType: int(s.Action), Action: s.Action.Text(), ActionTime: s.At.Unix(), ActionMsg: shownIf(personal, s.Message),
		IdempotencyKey: shownIf(personal || !waybill.OwnKey(s.Key), s.Key), RecordedAt: moment(s.RecordedAt), RecordedBy: s.RecordedBy,
	}
}

// shownIf is a text that is shown, or nil if it is left out.
func shownIf(shown bool, text string) *string {
	if !shown {
		return nil
	}
	return &text
}

// pushJSON is a ledger entry: an answered push.
type pushJSON struct {
	At         moment `json:"at"`
	Event      string `json:"event"`
	Format     string `json:"format"`
	Mode       string `json:"mode"`
	Account    string `json:"account"`
	BizID      string `json:"biz_id"`
	OrderID    string `json:"order_id"`
	WaybillID  string `json:"waybill_id"`
	Push       string `json:"push"`
	ResultCode *int   `json:"result_code"`
	Reason     string `json:"reason"`
	Text       string `json:"words"`
	Repeat     bool   `json:"repeat"`
	TookUS     int64  `json:"took_us"`
}

// pushesJSON is a page of ledger entries, and the URL of the next.
type pushesJSON struct {
	Pushes []pushJSON `json:"pushes"`
	Next   string     `json:"next,omitempty"`
}

func showPush(p *ledger.Entry) pushJSON {
	text := waybill.Reason(p.Reason).Text()
	if ledger.Instant(p.Event) { // whose reasons share some names with others
		text = delivery.Reason(p.Reason).Text()
	}
	return pushJSON{
		At: moment(p.At), Event: p.Event, Format: p.Format, Mode: p.Mode, Account: p.Account,
		BizID: p.BizID, OrderID: p.OrderID, WaybillID: p.WaybillID, Push: hex.EncodeToString(p.Push[:]),
		ResultCode: p.ResultCode, Reason: p.Reason, Text: text, Repeat: p.Repeat, TookUS: p.Took.Microseconds(),
	}
}

// merchantJSON is a merchant's contract. Its password is never shown.
type merchantJSON struct {
	BizID         string   `json:"biz_id"`
	HasPassword   bool     `json:"has_password"`
	CancelAllowed bool     `json:"cancel_allowed"`
	Quota         *int64   `json:"quota"`    // nil: a monthly account
	Services      []string `json:"services"` // nil: all that there are
}

func showMerchant(m waybill.Merchant) merchantJSON {
	shown := merchantJSON{
		BizID: m.BizID, HasPassword: m.PasswordHash != "", CancelAllowed: m.CancelAllowed, Services: m.Services,
	}
	if m.Prepaid {
		shown.Quota = &m.Quota
	}
	return shown
}
