package conformance

import (
	"crypto/sha1"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"carrierhook/internal/wechat"
)

const (
	shopID    = "shop-of-the-test"
	appSecret = "AppSecretOfTheTest"
)

// shop is the one that the carrier has.
func shop() *Shop { return &Shop{ID: shopID, Secret: appSecret} }

// parcels is what the correct carrier remembers of instant delivery.
type parcels struct {
	orders map[string]*parcel // by shop_order_id
	said   map[[32]byte]wechat.InstantReply
	given  int
}

type parcel struct {
	shopNo, same, tips string
	status             int
	waybills           []string
}

// signedFor is the check that all events of instant delivery have in common.
func signedFor(id, orderID, sign string) int {
	switch {
	case id != shopID:
		return 1002
	case sign != fmt.Sprintf("%x", sha1.Sum([]byte(shopID+orderID+appSecret))):
		return 1003
	}
	return 0
}

// quoted is the token of an order's price.
func quoted(m wechat.InstantOrder) string { return "price-of-" + m.ShopOrderID }

// sameness is what must not change.
func sameness(m wechat.InstantOrder) string {
	return strings.Join([]string{m.ShopNo, m.Sender.Name, m.Receiver.Name, fmt.Sprint(len(m.Cargo.Goods)), m.Cargo.FirstClass}, "\x00")
}

// beyond tells whether an order is beyond a limit.
func beyond(m wechat.InstantOrder) bool {
	over := func(text string, limit int) bool { return utf8.RuneCountInString(text) > limit }
	more := func(text string, limit float64) bool {
		n, err := strconv.ParseFloat(text, 64)
		return err != nil || n <= 0 || n > limit
	}
	large := func(text string, limit float64) bool { return text != "" && text != "0" && more(text, limit) }
	return len(m.ShopOrderID) > 128 || over(m.Sender.Name, 256) || over(m.Receiver.Name, 256) || over(m.Receiver.Phone, 64) ||
		more(m.Cargo.Value, 5000) || more(m.Cargo.Weight, 50) || large(m.Cargo.Height, 45) || large(m.Cargo.Length, 65) || large(m.Cargo.Width, 50) ||
		over(m.Cargo.PickupInfo, 100) || over(m.OrderInfo.Note, 200) || over(m.OrderInfo.PoiSeq, 32) || m.Receiver.Lng == "181" ||
		m.OrderInfo.OrderType == "1" && m.OrderInfo.ExpectedDelivery == "0"
}

// placeOrder is a company's rule: an order is placed once, and again when it has ended
// without delivery. A push that was answered 0 is answered so again.
func (c *carrier) placeOrder(m wechat.InstantOrder) wechat.InstantReply {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.parcels.orders[m.ShopOrderID]
	said, repeat := c.parcels.said[m.Identity()]
	code := signedFor(m.ShopID, m.ShopOrderID, m.DeliverySign)
	switch {
	case code != 0:
	case c.books.refused[m.ShopOrderID]:
		code = 1099
	case repeat:
		return said
	case m.Event == wechat.EventAddOrder && known != nil:
		code = 1030
	case m.Event == wechat.EventReaddOrder && known == nil:
		code = 1031
	case m.Event == wechat.EventReaddOrder && known.status != 103:
		code = 1033
	case beyond(m):
		code = 1013
	case m.Event == wechat.EventReaddOrder && known.same != sameness(m):
		code = 1035
	case m.DeliveryToken != "" && m.DeliveryToken != quoted(m):
		code = 1020
	}
	if code != 0 {
		return m.Reply(code, "no")
	}
	r := m.Reply(0, "ok")
	r.Fee, r.DeliverFee, r.CouponFee, r.Distance, r.DispatchDuration = 1250, 1350, 100, 34567, 300
	if m.Event == wechat.EventPrecreateOrder {
		r.DeliveryToken = quoted(m)
		return r
	}
	return c.begin(m, r)
}

// begin gives an order what it needs. The caller has c.mu.
func (c *carrier) begin(m wechat.InstantOrder, r wechat.InstantReply) wechat.InstantReply {
	c.parcels.given++
	r.WaybillID, r.OrderStatus = fmt.Sprintf("LC%07d", c.parcels.given), 101
	if m.OrderInfo.FinishCodeNeeded == "1" {
		r.FinishCode = 1024
	}
	if m.OrderInfo.PickupCodeNeeded == "1" {
		r.PickupCode = 2048
	}
	p := c.parcels.orders[m.ShopOrderID]
	if p == nil {
		p = &parcel{shopNo: m.ShopNo, same: sameness(m)}
		c.parcels.orders[m.ShopOrderID] = p
	}
	p.status, p.tips, p.waybills = 101, m.OrderInfo.Tips, append(p.waybills, r.WaybillID)
	c.parcels.said[m.Identity()] = r
	return r
}

// followUp is the rule for an order that is there.
func (c *carrier) followUp(m wechat.InstantFollowUp) wechat.InstantReply {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.parcels.orders[m.ShopOrderID]
	said, repeat := c.parcels.said[m.Identity()]
	code := signedFor(m.ShopID, m.ShopOrderID, m.DeliverySign)
	switch {
	case code != 0:
	case p == nil:
		code = 1031
	case m.WaybillID != "" && !slices.Contains(p.waybills, m.WaybillID):
		code = 1032
	case repeat:
		return said
	case m.Event != wechat.EventQueryOrder && p.status == 103:
		code = 1037
	case m.Event == wechat.EventConfirmReturn:
		code = 1041
	}
	if code != 0 {
		return m.Reply(code, "no")
	}
	r := m.Reply(0, "ok")
	switch m.Event {
	case wechat.EventCancelOrder:
		p.status, r.Desc = 103, "free"
	case wechat.EventQueryOrder:
		r.OrderStatus, r.WaybillID = p.status, m.WaybillID
		return r
	case wechat.EventPrecancelOrder:
		r.Desc = "free"
		return r
	}
	c.parcels.said[m.Identity()] = r
	return r
}
