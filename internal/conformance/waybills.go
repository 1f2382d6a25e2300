package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/wechat"
)

// Waybill is one that the server is known to answer with Code.
type Waybill struct {
	Code      int             `json:"code"`
	BizID     string          `json:"biz_id"`
	BizPwd    wechat.Password `json:"biz_pwd"`
	OrderID   string          `json:"order_id"`
	WayBillID string          `json:"waybill_id"`
	ShopAppID string          `json:"shop_app_id"`
}

// unknownWaybill is a waybill that no carrier has.
var unknownWaybill = Waybill{
	Code: 30001, BizID: "no-such-merchant", BizPwd: "none", OrderID: "no-such-order", WayBillID: "no-such-waybill", ShopAppID: "wxnosuchshop",
}

// ParseWaybill reads code=biz_id:biz_pwd:order_id:waybill_id, with :shop_app_id
// after it if there is one. An error shows no password.
func ParseWaybill(text string) (Waybill, error) {
	code, rest, ok := strings.Cut(text, "=")
	n, err := strconv.Atoi(code)
	parts := strings.Split(rest, ":")
	if !ok || err != nil || len(parts) != 4 && len(parts) != 5 {
		return Waybill{}, errors.New("a waybill is code=biz_id:biz_pwd:order_id:waybill_id, or that with :shop_app_id after it; with a colon in one of them, use a file")
	}
	w := Waybill{Code: n, BizID: parts[0], BizPwd: wechat.Password(parts[1]), OrderID: parts[2], WayBillID: parts[3]}
	if len(parts) == 5 {
		w.ShopAppID = parts[4]
	}
	return w, w.check()
}

// ParseWaybills reads a JSON list of waybills.
func ParseWaybills(text []byte) ([]Waybill, error) {
	var all []Waybill
	if err := parse(text, &all); err != nil {
		return nil, fmt.Errorf("the waybills: %w", err)
	}
	for i, w := range all {
		if err := w.check(); err != nil {
			return nil, fmt.Errorf("waybill %d: %w", i+1, err)
		}
	}
	return all, nil
}

func (w Waybill) check() error {
	if w.BizID == "" || w.OrderID == "" || w.WayBillID == "" {
		return errors.New("a waybill needs a biz_id, an order_id and a waybill_id")
	}
	return nil
}

// pool gives out waybills, those that get cancelled once only.
type pool struct {
	all  []Waybill
	next int // the first that was not given out to be cancelled
	used int
}

// unused is a waybill that has not been cancelled yet.
func (p *pool) unused() (Waybill, bool) {
	for p.next < len(p.all) {
		w := p.all[p.next]
		if p.next++; w.Code == 0 {
			p.used++
			return w, true
		}
	}
	return Waybill{}, false
}

// with is a waybill that gives a code, any number of times.
func (p *pool) with(code int) (Waybill, bool) {
	i := slices.IndexFunc(p.all, func(w Waybill) bool { return w.Code == code })
	if i < 0 {
		return Waybill{}, false
	}
	return p.all[i], true
}
