package delivery

import (
	"strings"

	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// The maximum of bytes that an id may have.
const (
	MaxID      = 128
	MaxOrderID = 128
)

// maxWXToken is the maximum of bytes of the token under which WeChat wants to hear of
// an order's progress.
const maxWXToken = 1024

// Request is a push, cleaned and read. The ids are clean unless Fault is BadIDs;
// the order is fit to be placed unless there is another Fault.
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
	Fault                              Reason // the first of what is wrong, in the order of the checks; "": nothing
}

// NewOrderRequest reads a push that carries an order: Precreate, Add or Readd.
func NewOrderRequest(p ledger.Push, kind Kind, f OrderFields) Request {
	r := Request{Push: p, Kind: kind, Sign: strings.TrimSpace(f.Sign), Token: strings.TrimSpace(f.Token)}
	var ids reader
	r.ShopID = ids.id(f.ShopID, MaxID)
	r.OrderID = ids.id(f.OrderID, MaxOrderID)
	r.ShopNo = ids.optionalID(f.ShopNo, MaxID)
	r.WXToken = ids.optionalID(f.WXToken, maxWXToken)
	if r.Fault = BadIDs; !ids.failed {
		r.Order, r.Fault = newOrder(f)
	}
	return r
}

// NewRequest reads a push about an order that is there. Why it is cancelled, and
// what is remarked on a tip, decides nothing: what of it cannot be read is as if
// it had not been said.
func NewRequest(p ledger.Push, kind Kind, f RequestFields) Request {
	r := Request{Push: p, Kind: kind, Sign: strings.TrimSpace(f.Sign)}
	var ids, tips, why reader
	r.ShopID = ids.id(f.ShopID, MaxID)
	r.OrderID = ids.id(f.OrderID, MaxOrderID)
	r.ShopNo = ids.optionalID(f.ShopNo, MaxID)
	r.WaybillID = ids.optionalID(f.WaybillID, MaxID)
	if kind == Tip {
		r.Tips = tips.amount(f.Tips, maxTips, true)
	}
	if id := why.count(f.CancelReasonID, 6); !why.failed {
		r.CancelReasonID = id
	}
	switch {
	case ids.failed:
		r.Fault = BadIDs
	case tips.failed:
		r.Fault = TipsWrong
	}
	return r
}
