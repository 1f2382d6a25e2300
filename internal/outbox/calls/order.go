package calls

import (
	"context"
	"net/url"
	"strings"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/wechat/client"
)

// StatusReader reads what updateOrder says. *instant.Store is one.
type StatusReader interface {
	OrderStatusCall(ctx context.Context, e *event.Event) (delivery.StatusCall, error)
}

// UpdateOrder reports each status of an instant delivery. wxaPath is the page of the mini
// program that shows an order, with placeholders for its ids.
func UpdateOrder(r StatusReader, wxaPath string) Call {
	return Call{
		name:     "updateOrder",
		keptBack: func(e *event.Event) bool { return e.Kind != event.OrderStatusChanged },
		read: func(ctx context.Context, e *event.Event) (func(context.Context, *client.Client) error, error) {
			s, err := r.OrderStatusCall(ctx, e)
			return func(ctx context.Context, c *client.Client) error { return c.UpdateOrder(ctx, orderStatus(s, wxaPath)) }, err
		},
	}
}

func orderStatus(s delivery.StatusCall, wxaPath string) client.OrderStatus {
	o := client.OrderStatus{
		Token: s.Token, ShopID: s.ShopID, ShopOrderID: s.OrderID, ShopNo: s.ShopNo, WaybillID: s.WaybillID,
		Time: notAfterNow(s.At), Status: int(s.Status), Message: s.Message, WxaPath: fillIn(wxaPath, s),
	}
	if s.Agent != nil {
		o.Agent = &client.Agent{Name: s.Agent.Name, Phone: s.Agent.Phone, Encrypted: s.Agent.PhoneEncrypted}
	}
	if !s.ExpectedAt.IsZero() {
		o.ExpectedDelivery = s.ExpectedAt.Unix()
	}
	return o
}

// fillIn puts the ids of an order into a page's path, each such that it is one part of it.
func fillIn(wxaPath string, s delivery.StatusCall) string {
	quote := func(id string) string { return strings.ReplaceAll(url.QueryEscape(id), "+", "%20") }
	return strings.NewReplacer("{shop_id}", quote(s.ShopID), "{shop_order_id}", quote(s.OrderID), "{waybill_id}", quote(s.WaybillID)).Replace(wxaPath)
}
