package conformance

import (
	"slices"

	"carrierhook/internal/wechat"
)

// probe is a push, and what every reply to it must be like.
type probe struct {
	event    string
	packet   []byte // as it is before it is sealed
	to, from string // its ToUserName and FromUserName
	echoed   []echo
	hidden   []string               // keys to the order, signs and people: the report shows them not
	texts    []string               // what the reply has besides
	quota    bool                   // so does Quota
	codes    []int                  // WeChat's
	decode   func(doc []byte) error // the strict reader; nil: the event's page is not ours
	booked   func(packet)           // gets the reply to an order that was taken; may be nil
	instant  *instantReply          // of instant delivery; nil: of express
}

// result is how the members with the result are spelt: in express and in instant
// delivery not alike.
func (q probe) result() (code, msg string) {
	if q.instant != nil {
		return "resultcode", "resultmsg"
	}
	return "ResultCode", "ResultMsg"
}

// instantReply is what an event's page has for the reply besides the result, and, of an
// order to be placed, which codes it wants.
type instantReply struct {
	may                    []string
	places, finish, pickup bool
}

// echo is a member of the push that the reply repeats.
type echo struct {
	name, text string
	hidden     bool // a secret: the report shows it not
}

// The result codes of the events, from their pages.
var (
	cancelResults  = []int{0, -1, 30001, 30002, 30003, 30004}
	accountResults = []int{0, -1, 10001, 10002}
	addResults     = slices.Concat(accountResults, []int{20001, 20002, 20003, 20004, 20005, 20006, 20007, 20008, 20009})
)

func (s *session) cancelProbe(m wechat.CancelWaybill) probe {
	return probe{
		event: wechat.EventCancelWaybill, packet: wechat.EncodeCancel(s.format, m), to: m.ToUserName, from: m.FromUserName,
		echoed: []echo{{name: "BizID", text: m.BizID}, {name: "OrderID", text: m.OrderID}, {name: "WayBillID", text: m.WayBillID}},
		codes:  cancelResults,
		decode: func(doc []byte) error { _, err := wechat.DecodeCancelReply(s.format, doc); return err },
	}
}

func (s *session) addProbe(m wechat.AddWaybill) probe {
	return probe{
		event: wechat.EventAddWaybill, packet: wechat.EncodeAddWaybill(s.format, m), to: m.ToUserName, from: m.FromUserName,
		echoed: []echo{{name: "Token", text: m.Token, hidden: true}, {name: "OrderID", text: m.OrderID}, {name: "BizID", text: m.BizID}},
		hidden: append([]string{m.Token}, people(m.Sender, m.Receiver)...),
		texts:  []string{"WayBillID", "WaybillData"},
		codes:  addResults,
		decode: func(doc []byte) error { _, err := wechat.DecodeAddReply(s.format, doc); return err },
		booked: func(reply packet) {
			number := reply.text("WayBillID")
			s.toCancel[m.OrderID+" "+number] = booking{order: m, number: number}
		},
	}
}

// accountProbe is about a check_biz or a get_quota.
func (s *session) accountProbe(m wechat.CheckBiz) probe {
	return probe{
		event: m.Event, packet: wechat.EncodeCheckBiz(s.format, m), to: m.ToUserName, from: m.FromUserName,
		echoed: []echo{{name: "BizID", text: m.BizID}}, quota: true, codes: accountResults,
		decode: func(doc []byte) error { _, err := wechat.DecodeQuotaReply(s.format, m.Event, doc); return err },
	}
}

// The members that WeChat's pages of instant delivery have for a reply, besides the
// result.
var (
	priceMembers   = []string{"fee", "deliverfee", "couponfee", "tips", "insurancefee", "insurancfee", "distance", "dispatch_duration"}
	instantMembers = map[string][]string{
		wechat.EventPrecreateOrder: append(slices.Clone(priceMembers), "delivery_token"),
		wechat.EventAddOrder:       placeMembers,
		wechat.EventReaddOrder:     placeMembers,
		wechat.EventQueryOrder:     {"order_status", "action_msg", "waybill_id"},
		wechat.EventCancelOrder:    {"deduct_fee", "desc"},
		wechat.EventPrecancelOrder: {"deduct_fee", "desc"},
	}
	placeMembers = append(slices.Clone(priceMembers), "waybill_id", "order_status", "finish_code", "pickup_code", "sender_lng", "sender_lat")
)

// orderProbe is about an order of instant delivery. What a company placed is
// cancelled at the end, under the last number that it gave.
func (s *session) orderProbe(m wechat.InstantOrder) probe {
	q := probe{
		event: m.Event, packet: wechat.EncodeInstantOrder(s.format, m), to: m.ToUserName, from: m.FromUserName,
		decode:  func(doc []byte) error { _, err := wechat.DecodeInstantReply(s.format, m.Event, doc); return err },
		hidden:  append([]string{m.WXToken, m.DeliverySign, m.DeliveryToken}, customers(m.Sender, m.Receiver)...),
		instant: &instantReply{may: instantMembers[m.Event]},
	}
	if m.Event != wechat.EventPrecreateOrder {
		q.instant.places = true
		q.instant.finish, q.instant.pickup = m.OrderInfo.FinishCodeNeeded == "1", m.OrderInfo.PickupCodeNeeded == "1"
		q.booked = func(reply packet) {
			s.instant.toCancel[m.ShopOrderID] = placement{order: m, waybill: reply.text("waybill_id")}
		}
	}
	return q
}

// followUpProbe is about an order of instant delivery that is there.
func (s *session) followUpProbe(m wechat.InstantFollowUp) probe {
	return probe{
		event: m.Event, packet: wechat.EncodeInstantFollowUp(s.format, m), to: m.ToUserName, from: m.FromUserName,
		decode:  func(doc []byte) error { _, err := wechat.DecodeInstantReply(s.format, m.Event, doc); return err },
		hidden:  []string{m.DeliverySign},
		instant: &instantReply{may: instantMembers[m.Event]},
	}
}

// people are the texts about persons in an order.
func people(all ...wechat.Contact) (texts []string) {
	for _, c := range all {
		texts = append(texts, c.Name, c.Tel, c.Mobile, c.Company, c.Address)
	}
	return texts
}

// customers are those of instant delivery.
func customers(all ...wechat.InstantContact) (texts []string) {
	for _, c := range all {
		texts = append(texts, c.Name, c.Phone, c.Address, c.AddressDetail, c.Lng, c.Lat)
	}
	return texts
}

// otherProbe wants what all replies have in common, and lets pass what they have
// besides.
func (s *session) otherProbe(event string, m wechat.CancelWaybill) probe {
	m.Event = event
	return probe{event: event, packet: wechat.EncodeCancel(s.format, m), to: m.ToUserName, from: m.FromUserName}
}
