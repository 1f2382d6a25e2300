package delivery

import (
	"strings"

	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// How many bytes an id may have at most.
const (
	MaxID      = 128
	MaxOrderID = 128
)

// maxWXToken is how many bytes wx_token may have at most, under which WeChat is told of an
// order's progress.
const maxWXToken = 1024

// Request is a push, cleaned and read. The ids are clean unless Fault is BadIDs; the order
// can be placed unless there is another Fault.
type Request struct {
	redacted.Struct
	Push                               ledger.Push
	Kind                               Kind
	ShopID, OrderID, ShopNo, WaybillID string // ShopNo and WaybillID are "" where the push names none
	Sign                               string
	WXToken                            string // of Add and Readd
	Token                              string // a quote's; "": none
	Order                              Order  // of the kinds that carry one
	CancelReasonID                     int64  // 1 to 6; 0: not said
	Tips                               Fen    // of Tip
	Fault                              Reason // the first fault in the order of the checks; "": none
	Field                              string // the member that has the fault, as the push spells it
}

// NewOrderRequest reads a push that carries an order: Precreate, Add or Readd.
func NewOrderRequest(p ledger.Push, kind Kind, f OrderFields) Request {
	r := Request{Push: p, Kind: kind, Sign: strings.TrimSpace(f.Sign), Token: strings.TrimSpace(f.Token)}
	var ids input.Fields
	r.ShopID = ids.ID("shopid", f.ShopID, MaxID)
	r.OrderID = ids.ID("shop_order_id", f.OrderID, MaxOrderID)
	r.ShopNo = ids.OptionalID("shop_no", f.ShopNo, MaxID)
	r.WXToken = ids.OptionalID("wx_token", f.WXToken, maxWXToken)
	if r.Fault, r.Field = BadIDs, ids.Field(); ids.Err == nil {
		r.Order, r.Fault, r.Field = newOrder(f)
	}
	return r
}

// NewRequest reads a push about an existing order. The cancel reason decides nothing: an
// invalid one counts as none.
func NewRequest(p ledger.Push, kind Kind, f RequestFields) Request {
	r := Request{Push: p, Kind: kind, Sign: strings.TrimSpace(f.Sign)}
	var ids input.Fields
	var tips, reason reader
	r.ShopID = ids.ID("shopid", f.ShopID, MaxID)
	r.OrderID = ids.ID("shop_order_id", f.OrderID, MaxOrderID)
	r.ShopNo = ids.OptionalID("shop_no", f.ShopNo, MaxID)
	r.WaybillID = ids.OptionalID("waybill_id", f.WaybillID, MaxID)
	if kind == Tip {
		r.Tips = tips.amount("tips", tips.Needed("tips", f.Tips), maxTips)
	}
	if id := reason.count("cancel_reason_id", f.CancelReasonID, 6); !reason.failed() {
		r.CancelReasonID = id
	}
	switch {
	case ids.Err != nil:
		r.Fault, r.Field = BadIDs, ids.Field()
	case tips.failed():
		r.Fault, r.Field = TipsWrong, tips.Field()
	}
	return r
}
