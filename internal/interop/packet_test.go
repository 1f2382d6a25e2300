//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"strings"
)

// cancel is a packet as WeChat's page Cancel_order_event has it.
func (w platform) cancel(orderID, waybillID string, created int64) string {
	return w.packet(created, "cancel_waybill", [][2]string{
		{"BizID", "xyz"}, {"BizPwd", "xyz123"}, {"ShopAppID", "wxABCD"}, {"OrderID", orderID}, {"WayBillID", waybillID},
	})
}

func (w platform) packet(created int64, event string, members [][2]string) string {
	if w.format == "json" {
		text := fmt.Sprintf(`{"ToUserName": %q, "FromUserName": "oABCD", "CreateTime": %d, "MsgType": "event", "Event": %q`, userName, created, event)
		for _, m := range members {
			value, _ := json.Marshal(m[1])
			text += fmt.Sprintf(`, %q: %s`, m[0], value)
		}
		return text + "}"
	}
	text := fmt.Sprintf("<xml>\n<ToUserName><![CDATA[%s]]></ToUserName>\n<FromUserName><![CDATA[oABCD]]></FromUserName>\n"+
		"<CreateTime>%d</CreateTime>\n<MsgType><![CDATA[event]]></MsgType>\n<Event><![CDATA[%s]]></Event>\n", userName, created, event)
	for _, m := range members {
		text += fmt.Sprintf("<%s><![CDATA[%s]]></%s>\n", m[0], m[1], m[0])
	}
	return text + "</xml>"
}

// booking is WeChat's sample of an order, under ids of the test's.
func (w platform) booking(orderID, waybillID string) string {
	sample := read(w, "internal/wechat/testdata/add_waybill.request."+w.format)
	const order, number = "012345678901234567890123456789", "123456789"
	sample = strings.Replace(sample, order, orderID, 1)
	if strings.Count(sample, number) != 1 {
		w.Fatalf("the sample has no number %s of its own", number)
	}
	return strings.Replace(sample, number, waybillID, 1)
}
