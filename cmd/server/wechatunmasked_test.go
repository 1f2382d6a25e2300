package main

import (
	"fmt"
	"testing"
)

func TestUnmasked(t *testing.T) {
	t.Parallel()
	const order = `{"order_id":"张三","sender":{"name":"张 三","tel":"020-8888 8888","mobile":18666666666,"province":"广东省","city":"广州市","area":"海珠区","address":"XX路<1>号"},
		"receiver":{"country":"中国","company":"某某公司","post_code":"510000","name":"李","tel":"","mobile":"+86 186-1000-0000","address":null},"cargo":{"detail_list":[{"name":"书本"}]}}`
	for page, want := range map[string]string{
		"": "[]",
		"<p>中国 书本 李 张* 186****6666</p>":   "[]",
		"广<b>东省</b>广州 海珠":                 "[{sender.province 1}]",
		"海珠区, 广州市":                        "[{sender.city 1} {sender.area 1}]",
		"某某 公司":                           "[{receiver.company 1}]",
		"510000 <b>510000</b>邮编":          "[{receiver.post_code 2}]",
		"邮编：510000。":                      "[{receiver.post_code 1}]",
		"1510000 5100001 A510000 510000-": "[{receiver.post_code 1}]",
		"510000510000":                    "[]",
		"<p>张三</p>":                       "[{sender.name 1}]",
		"<p>张</p><p>三</p>":                "[{sender.name 1}]",
		"张 三, 张&nbsp;三; &#24352;三":        "[{sender.name 3}]",
		`<img alt="张三">张三`:                "[{sender.name 2}]",
		"XX路&lt;1&gt;号":                   "[{sender.address 1}]",
		"(020) 88888888 / 020-88888888":   "[{sender.tel 2}]",
		"<b>186</b>6666 6666":             "[{sender.mobile 1}]",
		"8618610000000 or 186.1000.0000":  "[{receiver.mobile 1}]",
		"张三18666666666<br>XX路<1>号":        "[{sender.name 1} {sender.address 1} {sender.mobile 1}]",
	} {
		if got := fmt.Sprint(unmasked(page, []byte(order))); got != want {
			t.Errorf("%s\n got %s\nwant %s", page, got, want)
		}
	}
	for _, custom := range []string{"", "[]", `{"sender":[],"receiver":7}`, `{"sender":{"name":{}}}`} {
		if got := unmasked("张三", []byte(custom)); got == nil || len(got) > 0 {
			t.Errorf("%s: %v", custom, got)
		}
	}
}
