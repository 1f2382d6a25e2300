package api

import (
	"encoding/hex"
	"net/url"
	"strings"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// unknownState is the state of a number that is only known because somebody asked
// about it.
const unknownState = "unknown"

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

func showWaybill(w *waybill.Waybill) *theWaybill {
	shown := &theWaybill{
		BizID: w.BizID, WaybillID: w.ID, OrderID: w.OrderID, ShopAppID: w.ShopAppID, Service: w.Service,
		State: w.Status, FromQuota: w.FromQuota, BookedAt: moment(w.BookedAt), CollectedAt: moment(w.CollectedAt),
		ChargedAt: moment(w.ChargedAt), SignedAt: moment(w.SignedAt), CancelledAt: moment(w.CancelledAt),
	}
	if w.CancelledBy != (ledger.PushID{}) {
		shown.CancelledByPush = hex.EncodeToString(w.CancelledBy[:])
	}
	return shown
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

// showTrace shows a trace; messages, which may hold a courier's telephone number, and
// keys that were made of them only to whoever may see personal data.
func showTrace(trace []waybill.Traced, personal bool) []theScan {
	shown := make([]theScan, len(trace))
	for i, t := range trace {
		shown[i] = theScan{
			ActionType: int(t.Action), Action: t.Action.Words(), ActionTime: t.At.Unix(), ActionMsg: shownIf(personal, t.Message),
			IdempotencyKey: shownIf(personal || !waybill.OwnKey(t.Key), t.Key), RecordedAt: moment(t.RecordedAt), RecordedBy: t.RecordedBy,
		}
	}
	return shown
}

// shownIf is what is shown of a text: all, or that there is none of it in the answer.
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

func showPushes(asked []ledger.Entry) []thePush {
	shown := make([]thePush, len(asked))
	for i, p := range asked {
		shown[i] = thePush{
			At: moment(p.At), Event: p.Event, Format: p.Format, Mode: p.Mode,
			BizID: p.BizID, OrderID: p.OrderID, WaybillID: p.WaybillID, Push: hex.EncodeToString(p.Push[:]),
			ResultCode: p.ResultCode, Reason: p.Reason, Words: wordsOf(p), Repeat: p.Repeat,
			TookUS: p.Took.Microseconds(),
		}
	}
	return shown
}

// wordsOf says a push's reason in words. Those of instant delivery have their own,
// also where the reason has the name of another event's.
func wordsOf(p ledger.Entry) string {
	if strings.HasPrefix(p.Event, "transport_") {
		return delivery.Reason(p.Reason).Words()
	}
	return waybill.Reason(p.Reason).Words()
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

// waybillPath is where a waybill is found.
func waybillPath(bizID, waybillID string) string {
	return "/v1/waybills/" + url.PathEscape(bizID) + "/" + url.PathEscape(waybillID)
}
