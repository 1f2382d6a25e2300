package event

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// AppendJSON appends the event as it is sent, byte for byte. Each push pays for it, so it is
// written out and not left to encoding/json, which gives the same: see Body.
func (e *Event) AppendJSON(to []byte) []byte {
	o := object{append(to, '{')}
	o.name("id")
	o.b = append(o.b, `"evt_`...)
	o.b = append(hex.AppendEncode(o.b, e.ID[:]), '"')
	o.text("kind", string(e.Kind))
	o.time("time", &e.Time)
	o.name("account")
	o.b = appendText(o.b, e.Account)

	d := &e.Body
	o.text("biz_id", d.BizID)
	o.text("waybill_id", d.WaybillID)
	o.text("order_id", d.OrderID)
	o.text("shop_app_id", d.ShopAppID)
	o.text("shop_id", d.ShopID)
	o.text("shop_order_id", d.ShopOrderID)
	o.text("shop_no", d.ShopNo)
	o.figure("attempt", int64(d.Attempt))
	o.text("status_before", d.StatusBefore)
	o.text("status", d.Status)
	o.figure("order_status_before", int64(d.OrderStatusBefore))
	o.figure("order_status", int64(d.OrderStatus))
	o.text("reason", d.Reason)
	if d.ResultCode != nil {
		o.name("result_code")
		o.b = strconv.AppendInt(o.b, int64(*d.ResultCode), 10)
	}
	o.figure("action_type", int64(d.ActionType))
	o.figure("action_time", d.ActionTime)
	o.figure("reported_status", int64(d.Reported))
	o.time("cancelled_at", d.CancelledAt)
	o.time("charged_at", d.ChargedAt)
	o.figure("cancel_reason_id", int64(d.CancelReason))
	o.optional("deduct_fee_fen", d.DeductFen)
	o.optional("tips_fen", d.TipsFen)
	o.optional("remaining", d.Remaining)
	o.optional("mark", d.Mark)
	o.optional("erased", d.Erased)

	o.name("source")
	source := object{append(o.b, '{')}
	source.text("push", d.Source.Push)
	source.text("token", d.Source.Token)
	source.text("server", d.Source.Server)
	return append(source.b, "}}"...)
}

// object is a JSON object that is being written. What is empty is left out.
type object struct{ b []byte }

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, `":`...)
}

func (o *object) text(name, value string) {
	if value != "" {
		o.name(name)
		o.b = appendText(o.b, value)
	}
}

func (o *object) figure(name string, value int64) {
	if value != 0 {
		o.optional(name, &value)
	}
}

func (o *object) optional(name string, value *int64) {
	if value != nil {
		o.name(name)
		o.b = strconv.AppendInt(o.b, *value, 10)
	}
}

func (o *object) time(name string, value *time.Time) {
	if value != nil {
		o.name(name)
		o.b = append(value.UTC().AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	}
}

// appendText appends a JSON string. Most are plain; the others are encoding/json's.
func appendText(to []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always has a JSON form
			}
			return append(to, text...)
		}
	}
	to = append(append(to, '"'), s...)
	return append(to, '"')
}
