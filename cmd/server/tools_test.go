package main

import (
	"slices"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// migrate, import and show on a database that somebody runs.
func TestTools(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	c := on(t, url)
	expect := func(in, part string, args ...string) { t.Helper(); c.reading(in).says(part, args...) }
	refuse := func(in, part string, args ...string) { t.Helper(); c.reading(in).refuses(part, args...) }
	refuse("", "server migrate", "show", "waybill", "xyz", "1")
	expect("", "up to date", "migrate")
	expect("biz_id,biz_pwd\nxyz,"+demo.BizPwd+"\n", "1 lines: 1 new", "import", "merchants", "-")
	refuse("biz_id,waybill_id,order_id\nnobody,1,2\n", "line 2", "import", "waybills", "-")
	expect("biz_id,waybill_id,order_id,status\nxyz,1,o1,booked\nxyz,2,o2,in_transit\n", "2 lines: 2 new", "import", "waybills", "-")
	expect("biz_id,waybill_id,order_id,status\nxyz,2,o2,collected\n", "line 2: waybill 2 is in_transit and does not go back to collected", "import", "waybills", "-")
	expect("", "no push about it", "show", "waybill", "xyz", "1")
	refuse("", "not found", "show", "waybill", "xyz", "3")
	refuse("", "no such file", "import", "merchants", "absent.csv")

	p := start(t, testConfig(url, wechat.Secure))
	w := p.wechat(t, wechat.Secure, wechat.XML)
	m := sampleCancel(0)
	m.OrderID, m.WayBillID = "o2", "2"
	want(t, w, m, 30002)
	expect("", "answered 30002: the parcel had been collected", "show", "waybill", "xyz", "2")
	expect("", "", "healthcheck", "--url", "http://"+p.public.String()+"/healthz")
	refuse("", "404", "healthcheck", "--url", "http://"+p.public.String()+"/nowhere")
	expect("", "carrierhook dev", "version")
	c.env = carrierEnv
	c.says("ResultCode 0", "push", "--url", p.url(), "--order-id", "o1", "--waybill-id", "1", "--openid", testOpenID)
	c.env = append(slices.Clone(carrierEnv), "CARRIERHOOK_WECHAT_TOKEN=anothertoken")
	c.refuses("403", "push", "--url", p.url())
}
