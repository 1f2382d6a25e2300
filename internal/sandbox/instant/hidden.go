package instant

import (
	"fmt"
	"strconv"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// minPersonal is how long a text must be to be looked for where the company may
// repeat it: "1" or "ok" is everywhere.
const minPersonal = 4

// hiding makes messages fit to be shown, and remembers what it hid.
type hiding struct{ found []string }

// text is what stands for a personal or secret text.
func (h *hiding) text(s *string) {
	if *s == "" {
		return
	}
	if len(*s) >= minPersonal {
		h.found = append(h.found, *s)
	}
	*s = sandbox.Hidden
}

func (h *hiding) texts(list ...*string) {
	for _, s := range list {
		h.text(s)
	}
}

// order hides people, places, goods, words and keys. What remains says what kind of
// order it is.
func (h *hiding) order(m wechat.TransportOrder) wechat.TransportOrder {
	h.texts(&m.WXToken, &m.DeliveryToken, &m.DeliverySign)
	for _, c := range []*wechat.TransportContact{&m.Sender, &m.Receiver} {
		h.texts(&c.Name, &c.City, &c.Address, &c.AddressDetail, &c.Phone, &c.Lng, &c.Lat)
	}
	c := &m.Cargo
	h.texts(&c.PickupInfo, &c.DeliveryInfo, &c.FirstClass, &c.SecondClass)
	lines := make([]wechat.TransportGoods, len(c.Goods))
	for i, line := range c.Goods {
		h.texts(&line.Name, &line.Unit)
		lines[i] = wechat.TransportGoods{Name: line.Name, Unit: line.Unit}
	}
	c.Goods = lines
	h.text(&m.OrderInfo.Note)
	return m
}

func (h *hiding) question(m wechat.TransportAsk) wechat.TransportAsk {
	h.texts(&m.DeliverySign, &m.CancelReason, &m.Remark)
	return m
}

// shownReply is what may be shown of the packet that answers an event: one that is no
// reply may hold anything. conceal is for what the company repeats, before the packet
// writes it in another way.
func shownReply(f wechat.Format, event string, packet []byte, conceal func(string) string) string {
	if s := string(packet); s == "" || s == "success" {
		return s
	}
	r, err := wechat.DecodeTransportReply(f, event, packet)
	if err != nil {
		return fmt.Sprintf("[hidden: %s bytes that are no right reply]", strconv.Itoa(len(packet)))
	}
	var h hiding
	h.texts(&r.DeliveryToken, &r.ActionMsg)
	for _, s := range []*string{&r.ToUserName, &r.FromUserName, &r.ResultMsg, &r.WaybillID, &r.Desc} {
		*s = conceal(*s)
	}
	r.FinishCode, r.PickupCode = 0, 0
	return string(r.Encode(f))
}
