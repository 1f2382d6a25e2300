package wechat

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"carrierhook/internal/wechat/packet"
)

// pushIdentity is the one recipe for the events of express, and for those that are
// not documented. The letter case of the event and the white space around it do not
// count. An id that an event lacks is "". Instant delivery's is instantIdentity.
func pushIdentity(event, from, created, bizID, orderID, waybillID string) [32]byte {
	return identity(eventName(event), from, created, bizID, orderID, waybillID)
}

// identity is SHA-256 over the parts, each with its length before it, which
// keeps ("a", "bc") apart from ("ab", "c").
func identity(parts ...string) [32]byte {
	var short [512]byte
	joined := short[:0]
	for _, part := range parts {
		joined = binary.BigEndian.AppendUint64(joined, uint64(len(part)))
		joined = append(joined, part...)
	}
	return sha256.Sum256(joined)
}

// Identity is shared by a push and its repeats, and by no other, whatever its event.
// For a message of a type of its own, that type's Identity says the same.
func (p *Push) Identity() [32]byte {
	doc := p.doc()
	text := func(name string) string {
		if m := doc.Member(name); m != nil {
			return string(m.Text)
		}
		return ""
	}
	created := p.Header.CreateTime
	if n, err := doc.Integer("CreateTime"); err == nil {
		created = decimal(n) // as the messages have it, without zeros before it
	}
	event, from := p.Header.Event, text("FromUserName")
	kind := instantEvents[eventName(event)]
	if kind == 0 {
		return pushIdentity(event, from, created, text("BizID"), text("OrderID"), text("WayBillID"))
	}
	var waybillID, extra string
	if kind != carriesOrder { // an order has no waybill yet, whatever the push says
		waybillID = text("waybill_id")
	}
	if name := discriminator(event); name != "" {
		extra = packet.Tolerant{Node: doc, Mark: true}.Text(name)
	}
	return instantIdentity(event, from, created, text("shopid"), text("shop_order_id"), waybillID, extra)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
