package api

import (
	"encoding/hex"
	"strings"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// unknownState is the state of a number that is only known from pushes.
const unknownState = "unknown"

// each shows every element of a list. An empty list is shown as [].
func each[T, Shown any](list []T, show func(*T) Shown) []Shown {
	shown := make([]Shown, len(list))
	for i := range list {
		shown[i] = show(&list[i])
	}
	return shown
}

// theWaybill is a waybill as the API shows it. A time that has not come is left
// out.
type theWaybill struct {
	BizID           string         `json:"biz_id"`
	WaybillID       string         `json:"waybill_id"`
	OrderID         string         `json:"order_id"`
	ShopAppID       string         `json:"shop_app_id"`
	Service         string         `json:"service"`
	State           waybill.Status `json:"state"`
	FromQuota       bool           `json:"from_quota"`
	BookedAt        moment         `json:"booked_at"`
	CollectedAt     moment         `json:"collected_at,omitzero"`
	ChargedAt       moment         `json:"charged_at,omitzero"`
	SignedAt        moment         `json:"signed_at,omitzero"`
	CancelledAt     moment         `json:"cancelled_at,omitzero"`
	CancelledByPush string         `json:"cancelled_by_push,omitempty"`
}

func showWaybill(w *waybill.Waybill) theWaybill {
	shown := theWaybill{
		BizID: w.BizID, WaybillID: w.ID, OrderID: w.OrderID, ShopAppID: w.ShopAppID, Service: w.Service,
		State: w.Status, FromQuota: w.FromQuota, BookedAt: moment(w.BookedAt), CollectedAt: moment(w.CollectedAt),
		ChargedAt: moment(w.ChargedAt), SignedAt: moment(w.SignedAt), CancelledAt: moment(w.CancelledAt),
	}
	if w.CancelledBy != (ledger.PushID{}) {
		shown.CancelledByPush = hex.EncodeToString(w.CancelledBy[:])
	}
	return shown
}

// theHistory is what is known of a waybill beside its state.
type theHistory struct {
	Booking    *theBooking `json:"booking,omitempty"`
	Scans      []theScan   `json:"scans"`
	ScansCut   bool        `json:"scans_cut,omitempty"`
	Pushes     []thePush   `json:"pushes"`
	PushesNext string      `json:"pushes_next,omitempty"`
}

// theCharge is the answer to a charge.
type theCharge struct {
	Verdict waybill.Verdict `json:"verdict"`
	theWaybill
}

// theNumber stands in a waybill's place where there is none.
type theNumber struct {
	BizID     string `json:"biz_id"`
	WaybillID string `json:"waybill_id"`
	State     string `json:"state"`
}

// theBooking is the label and the figures that a push booked.
type theBooking struct {
	Label       string `json:"label"`
	Pieces      int64  `json:"pieces"`
	Grams       int64  `json:"grams"`
	InsuredFen  int64  `json:"insured_fen"`
	HasContacts bool   `json:"has_contacts"`
}

// theScan is a scan that is on record.
type theScan struct {
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
func (r *request) showScan(s *waybill.Traced) theScan {
	personal := r.caller.Scopes.has(Personal)
	return theScan{
		ActionType: int(s.Action), Action: s.Action.Words(), ActionTime: s.At.Unix(), ActionMsg: shownIf(personal, s.Message),
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

// thePush is a push that was answered.
type thePush struct {
	At         moment `json:"at"`
	Event      string `json:"event"`
	Format     string `json:"format"`
	Mode       string `json:"mode"`
	BizID      string `json:"biz_id"`
	OrderID    string `json:"order_id"`
	WaybillID  string `json:"waybill_id"`
	Push       string `json:"push"`
	ResultCode *int   `json:"result_code"`
	Reason     string `json:"reason"`
	Words      string `json:"words"`
	Repeat     bool   `json:"repeat"`
	TookUS     int64  `json:"took_us"`
}

// thePushes are a page of pushes, and where the next one is.
type thePushes struct {
	Pushes []thePush `json:"pushes"`
	Next   string    `json:"next,omitempty"`
}

func showPush(p *ledger.Entry) thePush {
	words := waybill.Reason(p.Reason).Words()
	if strings.HasPrefix(p.Event, "transport_") { // whose reasons share some names with others
		words = delivery.Reason(p.Reason).Words()
	}
	return thePush{
		At: moment(p.At), Event: p.Event, Format: p.Format, Mode: p.Mode,
		BizID: p.BizID, OrderID: p.OrderID, WaybillID: p.WaybillID, Push: hex.EncodeToString(p.Push[:]),
		ResultCode: p.ResultCode, Reason: p.Reason, Words: words, Repeat: p.Repeat, TookUS: p.Took.Microseconds(),
	}
}

// theMerchant is a contract as the API shows it: its password never.
type theMerchant struct {
	BizID         string   `json:"biz_id"`
	HasPassword   bool     `json:"has_password"`
	CancelAllowed bool     `json:"cancel_allowed"`
	Quota         *int64   `json:"quota"`    // nil: a monthly account
	Services      []string `json:"services"` // nil: all that there are
}

func showMerchant(m waybill.Merchant) theMerchant {
	shown := theMerchant{
		BizID: m.BizID, HasPassword: m.PasswordHash != "", CancelAllowed: m.CancelAllowed, Services: m.Services,
	}
	if m.Prepaid {
		shown.Quota = &m.Quota
	}
	return shown
}
