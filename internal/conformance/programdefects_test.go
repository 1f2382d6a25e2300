package conformance

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"

	"carrierhook/internal/wechat"
)

// orderRefused refuses orders that could be booked.
func orderRefused(code int, why func(wechat.AddWaybill) bool) func(*carrier) {
	return afterwards(func(r *wechat.AddReply, m wechat.AddWaybill) {
		if r.ResultCode == 0 && why(m) {
			r.ResultCode = code
		}
	})
}

// priceRefused refuses orders that have a price.
func priceRefused(code int, why func(wechat.InstantOrder) bool) func(*carrier) {
	return placed(func(r *wechat.InstantReply, m wechat.InstantOrder) {
		if why(m) {
			r.ResultCode = code
		}
	})
}

// unreadIn refuses to read some packets of an event.
func unreadIn(event string, bad func(packet []byte) bool) func(*carrier) {
	return refusing(func(f frame) bool { return bytes.Contains(f.msg, []byte(event)) && bad(f.msg) })
}

func escaped(packet []byte) bool { return bytes.IndexByte(packet, 0x1b) >= 0 }
func cut(packet []byte) bool     { return !utf8.Valid(packet) }

// programDefects are those of servers that only take what a person would write.
var programDefects = []defect{
	{"figures of an order held to one decimal", "add_float", 0, orderRefused(20006, func(m wechat.AddWaybill) bool { return len(m.Cargo.Weight) > 4 })},
	{"a count of an order read as an integer", "add_float", 0, orderRefused(20006, func(m wechat.AddWaybill) bool { return strings.Contains(m.Cargo.Count, ".") })},
	{"figures of a price held to two decimals", "instant_float", 0, priceRefused(1012, func(m wechat.InstantOrder) bool { return len(m.Cargo.Weight) > 5 })},
	{"an insurance that is empty refused", "add_empty", 0, orderRefused(20008, func(m wechat.AddWaybill) bool { return m.Insured.UseInsured == "" })},
	{"a size of 0 refused", "add_empty", 0, orderRefused(20006, func(m wechat.AddWaybill) bool { return m.Cargo.SpaceX == "0" })},
	{"a way of 0 refused", "instant_empty", 0, priceRefused(1013, func(m wechat.InstantOrder) bool { return m.OrderInfo.PickMethod == "0" })},
	{"a remark on two lines refused", "add_line_breaks", 0, orderRefused(-1, func(m wechat.AddWaybill) bool { return strings.ContainsAny(m.Remark, "\r\n") })},
	{"a tab in the name of goods refused", "instant_line_breaks", 0, priceRefused(1012, func(m wechat.InstantOrder) bool {
		return len(m.Cargo.Goods) > 0 && strings.Contains(m.Cargo.Goods[0].Name, "\t")
	})},
	{"JSON of an order read strictly", "add_control", 0, unreadIn(wechat.EventAddWaybill, escaped)},
	{"JSON of a price read strictly", "instant_control", 0, unreadIn(wechat.EventPrecreateOrder, escaped)},
	{"half a character in an order not read", "add_cut", 0, unreadIn(wechat.EventAddWaybill, cut)},
	{"half a character in a price not read", "instant_cut", 0, unreadIn(wechat.EventPrecreateOrder, cut)},
	{"texts in clear beside a ciphertext read strictly", "add_control add_cut instant_control instant_cut", wechat.Compatible, accepting(func(_ *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if _, err := read(body); err != nil {
			return nil, http.StatusForbidden
		}
		return body, 0
	})},
}
