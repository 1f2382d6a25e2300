package demo

import (
	"context"
	_ "embed"
	"strings"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/store"
	storeexpress "carrierhook/internal/store/express"
	"carrierhook/internal/waybill"
)

const (
	DeliveryID = "SF" // WeChat's sample of cancelOrder
	OrderToken = "1234ABC234523451"

	NoToken = "xxxxxxxx" // the delivery_token of WeChat's sample of reOrder

	WxaPath = "pages/order?shop={shop_id}&order={shop_order_id}" // of the carrier's mini program

	ElsewhereOrderID = "order-charged"      // ordered elsewhere than in a mini program
	LostOrderID      = "order-carrier-lost" // the carrier does not know it
	LostWaybillID    = "123456798"
)

// SandboxOrders are the demo's rows as WeChat sees them: an order for each, and
// one that only WeChat knows.
func SandboxOrders(deliveryID string) []express.Order {
	var list []express.Order
	add := func(biz, order, waybill string) {
		o := express.Order{
			ShopAppID: ShopAppID, DeliveryID: deliveryID, BizID: biz, OrderID: order, WaybillID: waybill,
			OpenID: OpenID, Token: "token-" + waybill, Sender: Sender, Receiver: Receiver,
		}
		switch order {
		case OrderID:
			o.Token = OrderToken
		case ElsewhereOrderID:
			o.OpenID, o.AddSource = "", 2
		}
		list = append(list, o)
	}
	for _, s := range Samples {
		add(s.BizID, s.OrderID, s.WaybillID)
	}
	add(BizID, LostOrderID, LostWaybillID)
	return list
}

// Book gives the demo's carrier an order that was put in at the sandbox, booked now. Of
// another merchant than the samples' it knows nothing, and so stays.
func Book(ctx context.Context, st *store.Store, o express.Order) error {
	if o.BizID != BizID && o.BizID != NoCancelBizID {
		return nil
	}
	err := st.Express.Replace(ctx, nil, []waybill.Waybill{{
		BizID: o.BizID, ID: o.WaybillID, OrderID: o.OrderID, ShopAppID: o.ShopAppID, Status: waybill.Booked, BookedAt: time.Now(),
	}})
	if err != nil {
		return err
	}
	return bookedByWeChat(ctx, st, o)
}

// bookedByWeChat gives waybills the Tokens with which WeChat has their orders, so that it is
// called about them.
func bookedByWeChat(ctx context.Context, st *store.Store, orders ...express.Order) error {
	var tokens []storeexpress.BookedToken
	for _, o := range orders {
		tokens = append(tokens, storeexpress.BookedToken{BizID: o.BizID, WaybillID: o.WaybillID, Token: o.Token})
	}
	return st.Express.ReplaceTokens(ctx, tokens)
}

//go:embed samples/merchant.txt
var merchantLines string

// MerchantLines are lines of sh that call the sandbox at a URL, by curl, as the sample
// merchant does, for two carriers. id tells the orders that they make from those of
// other sandboxes: what a carrier has booked once it would not book again.
func MerchantLines(curl, url, deliveryID, instantDeliveryID, id string) string {
	return strings.NewReplacer("@CURL@", curl, "@MERCHANT@", url, "@DELIVERY_ID@", deliveryID, "@INSTANT_DELIVERY_ID@", instantDeliveryID,
		"@ID@", id, "@SIGN@", delivery.Sign(ShopID, "delivery-new-"+id, ShopSecret)).Replace(merchantLines)
}
