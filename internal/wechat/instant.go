package wechat

import (
	"strings"

	"carrierhook/internal/wechat/packet"
)

// The events of instant delivery (即时配送) that are offered, as EventName returns
// them and as our replies carry them. WeChat's pages call them onOrderPreAdd,
// onOrderAdd, onOrderReAdd, onOrderCancel, onOrderPreCancel, onOrderQuery,
// onOrderAddTips and onOrderConfirmReturn.
const (
	EventPrecreateOrder = "transport_precreate_order"
	EventAddOrder       = "transport_add_order"
	EventReaddOrder     = "transport_readd_order"
	EventCancelOrder    = "transport_cancel_order"
	EventPrecancelOrder = "transport_precancel_order"
	EventQueryOrder     = "transport_query_order_status"
	EventAddTips        = "transport_add_tips"
	EventConfirmReturn  = "transport_confirm_return_to_biz"
)

// instantEvents are all of instant delivery's events to the company that delivers. The
// value says which message one carries. Those with none are not offered.
var instantEvents = map[string]messageKind{
	EventPrecreateOrder: carriesOrder,
	EventAddOrder:       carriesOrder,
	EventReaddOrder:     carriesOrder,
	EventCancelOrder:    carriesFollowUp,
	EventPrecancelOrder: carriesFollowUp,
	EventQueryOrder:     carriesFollowUp,
	EventAddTips:        carriesFollowUp,
	EventConfirmReturn:  carriesFollowUp,

	"transport_get_agent_pos":   carriesOther,
	"transport_set_rider_score": carriesOther,
	"get_pre_auth_code":         carriesOther,
	"get_auth_info":             carriesOther,
	"cancel_auth_account":       carriesOther,
	"mock_update_order_status":  carriesOther,
}

type messageKind uint8

const (
	carriesOrder    messageKind = iota + 1 // InstantOrder
	carriesFollowUp                        // InstantFollowUp
	carriesOther                           // none that we read
)

// Instant reports whether the push's event is one of instant delivery, offered or
// not: whether the members of the reply, resultcode and resultmsg, are written in
// small letters. An event that is not documented is not, whatever it starts with.
func (p *Push) Instant() bool { return instantEvents[p.EventName()] != 0 }

// instantMessage reads a push whose event carries that message. A push of another one has a
// fault.
func (p *Push) instantMessage(kind messageKind) reader {
	r := p.reader()
	if instantEvents[p.EventName()] != kind {
		r.err = refuse(CheckMessage, "the push is another message than those of instant delivery that are read so")
	}
	return r
}

// changes reports whether a push of that event changes anything, so that it has to be told
// from its repeats.
func changes(event string) bool {
	switch eventName(event) {
	case EventPrecreateOrder, EventPrecancelOrder, EventQueryOrder, EventCheckBiz, EventGetQuota:
		return false
	}
	return true
}

// eventName is an event in the spelling of our constants.
func eventName(event string) string { return strings.ToLower(strings.Trim(event, packet.WhiteSpace)) }

// instantIdentity is the recipe for instant delivery, where ids have other names
// than in express. extra, the text of the event's discriminator ("" for an event
// without one), makes two pushes of the same second differ.
func instantIdentity(event, from, created, shopID, orderID, waybillID, extra string) [32]byte {
	return identity(eventName(event), from, created, shopID, orderID, waybillID, extra)
}

// discriminator is the name of that member: WeChat's token of an order to be placed, the
// amount of a tip.
func discriminator(event string) string {
	switch eventName(event) {
	case EventAddOrder, EventReaddOrder:
		return "wx_token"
	case EventAddTips:
		return "tips"
	}
	return ""
}
