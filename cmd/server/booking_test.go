package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// call calls the sandbox as a merchant does.
func (d *playedBox) call(path, body string) (string, answer) {
	d.tb.Helper()
	return callSandbox(d.tb, http.MethodPost, "http://"+d.merchant.Addr().String()+"/cgi-bin/express/"+path+"?access_token="+sandbox.StandingToken, body)
}

// add books an order as the greeting's line does.
func (d *playedBox) add(orderID string) (string, answer) {
	d.tb.Helper()
	lines := demo.MerchantLines("", "", demo.DeliveryID, demo.InstantDeliveryID, "")
	body := regexp.MustCompile(`express/business/order/add\?.* -d '(.*)' \| tee`).FindStringSubmatch(lines)[1]
	return d.call("business/order/add", strings.Replace(body, "order-new-", orderID, 1))
}

// order is WeChat's sample of an order, as push n, for the carrier to number.
func order(n int64, orderID string) wechat.AddWaybill {
	m := demo.Order()
	m.ToUserName, m.FromUserName, m.CreateTime = "gh_abcdefg", testOpenID, 1533042556+n
	m.BizID, m.BizPwd, m.ShopAppID, m.OrderID, m.WayBillID = demo.BizID, demo.BizPwd, demo.ShopAppID, orderID, "0"
	return m
}

// book pushes an order and expects a right reply.
func book(tb testing.TB, w *sandbox.Platform, m wechat.AddWaybill) wechat.AddReply {
	tb.Helper()
	r, d, err := w.PushAdd(context.Background(), m, "")
	if err != nil {
		tb.Errorf("order %s: %v", m.OrderID, err)
		for _, a := range d.Answers {
			tb.Logf("%d %s", a.Status, a.Opened)
		}
	}
	return r
}
