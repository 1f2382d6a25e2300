package conformance

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"carrierhook/internal/wechat"
)

// Shop is a merchant's shop at a company that delivers at once, in whose name a run
// places orders. ID and Secret must be set; what else is empty is as in WeChat's
// sample.
type Shop struct {
	ID     string          // shopid, the appkey that the company gave the merchant
	Secret wechat.Password // the AppSecret that goes with it
	ShopNo string

	Sender, Receiver wechat.InstantContact // at addresses that the company serves, 35 km apart in the sample
}

// complete fills in WeChat's sample of transport_add_order.
func (s Shop) complete() (Shop, error) {
	if s.ID == "" || s.Secret == "" {
		return s, errors.New("the shop of instant delivery has no id or no secret")
	}
	if s.ShopNo == "" {
		s.ShopNo = "12345678"
	}
	if s.Sender == (wechat.InstantContact{}) {
		s.Sender = wechat.InstantContact{
			Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678",
			Lng: "116.383075", Lat: "40.448612", CoordinateType: "0",
		}
	}
	if s.Receiver == (wechat.InstantContact{}) {
		s.Receiver = wechat.InstantContact{
			Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678",
			Lng: "116.50603", Lat: "40.15296", CoordinateType: "0",
		}
	}
	return s, nil
}

// sign is the delivery_sign of an order, or of a question without one ("").
func (s Shop) sign(orderID string) string {
	sum := sha1.Sum([]byte(s.ID + orderID + string(s.Secret)))
	return hex.EncodeToString(sum[:])
}

// sampleSign is the delivery_sign of WeChat's sample of reOrder, which fits nothing.
const sampleSign = "01234567890123456789"

// newOrder is an order of the shop that nobody has placed yet, as in WeChat's sample.
func (s *session) newOrder(event string) wechat.InstantOrder {
	at := s.next()
	m := wechat.InstantOrder{
		ToUserName: s.Account.UserName, FromUserName: s.user, CreateTime: at, Event: event,
		ShopID: s.Shop.ID, ShopNo: s.Shop.ShopNo, ShopOrderID: fmt.Sprintf("conformance-%s-%d", s.user, s.sent),
		Sender: s.Shop.Sender, Receiver: s.Shop.Receiver,
		Cargo: wechat.InstantCargo{
			Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1",
			Goods: []wechat.InstantGoods{
				{Count: "1", Name: "水果", Price: "10", Unit: "元"}, {Count: "2", Name: "蔬菜", Price: "20", Unit: "元"},
			},
			FirstClass: "美食夜宵", SecondClass: "零食小吃",
		},
		OrderInfo: wechat.InstantInfo{
			OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: strconv.FormatInt(at, 10),
			IsInsured: "0", Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
		},
	}
	m.DeliverySign = s.Shop.sign(m.ShopOrderID)
	return s.newEventAt(m, event, at)
}

// newEvent is the order in another push: a new event, with a token of WeChat's own.
func (s *session) newEvent(m wechat.InstantOrder, event string) wechat.InstantOrder {
	return s.newEventAt(m, event, s.next())
}

func (s *session) newEventAt(m wechat.InstantOrder, event string, at int64) wechat.InstantOrder {
	m.Event, m.CreateTime, m.WXToken = event, at, ""
	if event != wechat.EventPrecreateOrder { // which places nothing that WeChat would hear of
		m.WXToken = fmt.Sprintf("conformance%s%d", s.user, at)
	}
	return s.tuned(m)
}

// tuned is the order with as little padding as all pushes have.
func (s *session) tuned(m wechat.InstantOrder) wechat.InstantOrder {
	m.FromUserName = s.user
	s.tune(&m.FromUserName, func() probe { return s.orderProbe(m) })
	return m
}

// followUp is a push about an order that was placed, under the waybill that it
// got.
func (s *session) followUp(p placement, event string, change ...func(*wechat.InstantFollowUp)) wechat.InstantFollowUp {
	m := wechat.InstantFollowUp{
		ToUserName: s.Account.UserName, FromUserName: s.user, CreateTime: s.next(), Event: event,
		ShopID: p.order.ShopID, ShopOrderID: p.order.ShopOrderID, ShopNo: p.order.ShopNo, WaybillID: p.waybill,
		DeliverySign: Shop{ID: p.order.ShopID, Secret: s.Shop.Secret}.sign(p.order.ShopOrderID),
	}
	switch event {
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		m.CancelReasonID = "1"
	case wechat.EventAddTips:
		m.Tips = "5"
	}
	for _, c := range change {
		c(&m)
	}
	s.tune(&m.FromUserName, func() probe { return s.followUpProbe(m) })
	return m
}
