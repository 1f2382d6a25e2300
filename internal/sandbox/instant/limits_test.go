package instant_test

import (
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// Every member of reOrder on both sides of its edge. What is refused is 930561 with
// a hint that names the member and not the value, and the company gets no push.
func TestReOrderLimits(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	for _, tt := range []struct {
		member    string
		good, bad []string // JSON; "" is a member that is not there
	}{
		{"shopid", nil, []string{"", `""`, Quoted(129, "x")}},
		{"shop_order_id", nil, []string{"", Quoted(129, "x"), Quoted(43, "运"), `"a\u0001"`}},
		{"shop_no", []string{"", Quoted(128, "x")}, []string{Quoted(129, "x"), `"a\nb"`}},
		{"delivery_sign", []string{Quoted(40, "a")}, []string{"", `""`, Quoted(1025, "a")}},
		{"delivery_id", nil, []string{"", `"sftc"`, `"SF"`, `"GIVEN"`}},
		{"delivery_token", []string{"", `""`, Quoted(1024, "x")}, []string{Quoted(1025, "x"), `"a\u0000"`}},
		{"sub_biz_id", []string{"", Quoted(128, "x")}, []string{Quoted(129, "x")}},
		{"sender", nil, []string{"", "null"}},
		{"receiver", nil, []string{"", "null"}},
		{"cargo", nil, []string{""}},
		{"order_info", nil, []string{""}},
		{"shop", nil, []string{""}},
		{"sender.name", []string{Quoted(256, "刘"), `"刘\n\u0007一"`}, []string{"", `""`, Quoted(257, "刘"), Quoted(257, "x"), `"\u0007\n"`}},
		{"sender.phone", []string{Quoted(64, "1"), Quoted(64, "电")}, []string{"", `""`, Quoted(65, "1"), Quoted(65, "电")}},
		{"sender.city", nil, []string{"", `""`, Quoted(1025, "x")}},
		{"sender.address", nil, []string{"", `""`}},
		{"sender.address_detail", nil, []string{"", `""`}},
		{"receiver.name", []string{Quoted(256, "王")}, []string{"", `""`, Quoted(257, "王")}},
		{"receiver.phone", []string{Quoted(64, "1")}, []string{"", `""`, Quoted(65, "1")}},
		{"receiver.city", nil, []string{"", `""`}},
		{"receiver.address", []string{Quoted(1024, "x")}, []string{"", `""`, Quoted(1025, "x")}},
		{"receiver.address_detail", nil, []string{"", `""`}},
		{"receiver.lng", []string{"180", "-180", "0", "180.0000004", "116.1234564"}, []string{"", "180.000001", "-180.000001", "180.0000005", "1e3"}},
		{"receiver.lat", []string{"90", "-90", "0", "40.15296"}, []string{"", "90.000001", "-90.000001", "116.5"}},
		{"sender.lng", []string{"180"}, []string{"", "181"}},
		{"sender.lat", []string{"90"}, []string{"", "91"}},
		{"sender.coordinate_type", []string{"", "0", "1", "1.0"}, []string{"2", "-1"}},
		{"receiver.coordinate_type", []string{"", "0", "1"}, []string{"2"}},
		{"cargo.goods_value", []string{"0.01", "0.005", "5000", "5000.004", "5e3"}, []string{"", "0", "0.004", "-1", "5000.005", "5000.01"}},
		{"cargo.goods_weight", []string{"0.01", "0.005", "50", "50.004"}, []string{"", "0", "0.0049", "50.005", "50.01"}},
		{"cargo.goods_height", []string{"", "0", "0.0", `""`, "0.01", "45", "45.004"}, []string{"-0.01", "45.005", "45.01"}},
		{"cargo.goods_length", []string{"", "0", "0.01", "65", "65.004"}, []string{"65.005", "65.01"}},
		{"cargo.goods_width", []string{"", "0", "0.01", "50", "50.004"}, []string{"50.005", "50.01"}},
		{"cargo.goods_detail", []string{"", "null", "{}", "[ ]", `{"goods":null}`, `{"goods":[]}`, goodsOf(10240)}, []string{goodsOf(10241)}},
		{"cargo.goods_detail.goods", []string{"", "[]", "{}"}, nil},
		{"cargo.goods_detail.goods.good_count", []string{"1", "1.0"}, []string{"", "0", "-1"}},
		{"cargo.goods_detail.goods.good_name", nil, []string{"", `""`}},
		{"cargo.goods_detail.goods.good_price", []string{"", "0", "0.015"}, []string{"-0.01"}},
		{"cargo.goods_detail.goods.good_unit", []string{"", Quoted(20, "箱")}, []string{Quoted(21, "箱")}},
		{"cargo.goods_pickup_info", []string{"", Quoted(100, "货")}, []string{Quoted(101, "货")}},
		{"cargo.goods_delivery_info", []string{"", Quoted(100, "货")}, []string{Quoted(101, "货")}},
		{"cargo.cargo_first_class", nil, []string{"", `""`}},
		{"cargo.cargo_second_class", nil, []string{"", `""`}},
		{"order_info.delivery_service_code", []string{"", Quoted(128, "x")}, []string{Quoted(129, "x")}},
		{"order_info.order_type", []string{"", "0"}, []string{"2", "-1"}},
		{"order_info.expected_delivery_time", []string{"", "0", "100000000000"}, []string{"-1", "100000000001", "1586342180000"}},
		{"order_info.expected_finish_time", []string{"", "0"}, []string{"-1", "1586342180000"}},
		{"order_info.expected_pick_time", []string{"", "0"}, []string{"-1", "1586342180000"}},
		{"order_info.poi_seq", []string{"", Quoted(32, "号")}, []string{Quoted(33, "号")}},
		{"order_info.note", []string{"", Quoted(200, "注")}, []string{Quoted(201, "注")}},
		{"order_info.order_time", []string{"1"}, []string{"", "0", "-1"}},
		{"order_info.is_insured", []string{"", "0", "1"}, []string{"2"}},
		{"order_info.declared_value", []string{"", "0", "0.01"}, []string{"-0.01", "10000000000.01", "1e99"}},
		{"order_info.tips", []string{"", "0", "10000000000"}, []string{"-0.01", "10000000000.01"}},
		{"order_info.is_direct_delivery", []string{"", "0"}, []string{"1", "2"}},
		{"order_info.cash_on_delivery", []string{"", "0"}, []string{"-1"}},
		{"order_info.cash_on_pickup", []string{"", "0"}, []string{"-1"}},
		{"order_info.rider_pick_method", []string{"", "0", "0.0", "1", "2"}, []string{"3", "-1"}},
		{"order_info.is_finish_code_needed", []string{"", "0", "1"}, []string{"2"}},
		{"order_info.is_pickup_code_needed", []string{"", "0", "1"}, []string{"2"}},
		{"shop.wxa_path", []string{"", Quoted(1024, "x")}, []string{Quoted(1025, "x")}},
		{"shop.wxa_appid", []string{"", Quoted(128, "x")}, []string{Quoted(129, "x")}},
	} {
		for _, good := range tt.good {
			d.WantResult(ReaddPath, PlaceBody(tt.member, good), 0)
		}
		before := c.Count()
		for _, bad := range tt.bad {
			for _, path := range []string{ReaddPath, PlacePath, PreAddPath} {
				if path == PreAddPath && tt.member == "delivery_token" {
					continue // it is what pre_add gives
				}
				got := d.Call(path, PlaceBody(tt.member, bad))
				hint, named := strings.CutPrefix(got, `{"errcode":930561,"errmsg":"args error hint: [`)
				if !named || !strings.HasPrefix(hint, tt.member+" ") {
					t.Errorf("%s of %s at %s: %s", tt.member, bad, path, got)
				}
				if value := strings.Trim(bad, `"`); len(value) > 5 && strings.Contains(got, value) {
					t.Errorf("%s: the hint repeats the value: %s", tt.member, got)
				}
			}
		}
		if c.Count() != before {
			t.Errorf("%s: the company got a push", tt.member)
		}
	}
}

// goodsOf is a goods_detail of so many characters.
func goodsOf(n int) string {
	const frame = `{"goods":[{"good_count":1,"good_name":""}]}`
	return strings.Replace(frame, `""`, Quoted(n-len(frame), "x"), 1)
}

// What is wrong with what WeChat shows the user, and with the class of the goods, has
// codes of its own.
func TestReOrderOwnCodes(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	for _, tt := range []struct {
		member    string
		code      int
		good, bad []string
	}{
		{"shop.img_url", 9300535, nil, []string{"", `""`, Quoted(1025, "x")}},
		{"shop.goods_name", 9300535, []string{Quoted(128, "x")}, []string{"", `""`, Quoted(129, "x"), Quoted(43, "宝")}},
		{"shop.goods_count", 9300535, []string{"1"}, []string{"", "0", "-1"}},
		{"openid", 930559, []string{Quoted(128, "o")}, []string{"", `""`}},
		{"cargo.cargo_first_class", 930570, nil, []string{`"美食宵夜"`, `"零食小吃"`}},
		{"cargo.cargo_second_class", 930570, []string{`"香锅/烤鱼"`, `"披萨"`}, []string{`"面包/糕点"`, `"美食夜宵"`, `"零食小吃 披萨"`}},
		{"shop_order_id", 47001, nil, []string{"1", "true", "{}"}},
		{"receiver", 47001, nil, []string{"1", `"x"`, "[]"}},
		{"receiver.phone", 47001, nil, []string{"18512345678"}},
		{"receiver.lng", 47001, nil, []string{`"116.50603"`, "true"}},
		{"cargo.goods_value", 47001, nil, []string{`"5"`, "[]"}},
		{"cargo.goods_detail", 47001, nil, []string{"[1]", "1"}},
		{"cargo.goods_detail.goods", 47001, nil, []string{`{"a":1}`, "[1]", "1"}},
		{"order_info.order_type", 47001, nil, []string{"0.5", `"0"`}},
		{"order_info.note", 47001, nil, []string{"1"}},
		{"shop.goods_count", 47001, nil, []string{`"1"`}},
	} {
		for _, good := range tt.good {
			d.WantResult(ReaddPath, PlaceBody(tt.member, good), 0)
		}
		before := c.Count()
		for _, bad := range tt.bad {
			d.WantCode(ReaddPath, PlaceBody(tt.member, bad), tt.code)
		}
		if c.Count() != before {
			t.Errorf("%s: the company got a push", tt.member)
		}
	}
	for _, missing := range []string{"img_url", "goods_name", "goods_count"} {
		for _, unset := range []string{"", "null", map[bool]string{true: "0", false: `""`}[missing == "goods_count"]} {
			d.WantResult(ReaddPath, PlaceBody("shop.detail_list", `[{"goods_name":"宝贝"}]`, "shop."+missing, unset), 0)
		}
		d.WantCode(ReaddPath, PlaceBody("shop.detail_list", "[]", "shop."+missing, ""), 9300535)
	}
}

// Figures reach the company rounded to the pages' decimals, halves up, and otherwise
// as they were written.
func TestRounding(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		for _, tt := range []struct {
			member, sent, pushed string
			of                   func(wechat.InstantOrder) string
		}{
			{"cargo.goods_value", "1.005", "1.01", func(m wechat.InstantOrder) string { return m.Cargo.Value }},
			{"cargo.goods_value", "1.004999", "1", func(m wechat.InstantOrder) string { return m.Cargo.Value }},
			{"cargo.goods_value", "1.999", "2", func(m wechat.InstantOrder) string { return m.Cargo.Value }},
			{"cargo.goods_weight", "0.125", "0.13", func(m wechat.InstantOrder) string { return m.Cargo.Weight }},
			{"cargo.goods_height", "10.50", "10.5", func(m wechat.InstantOrder) string { return m.Cargo.Height }},
			{"cargo.goods_length", "1.5e1", "15", func(m wechat.InstantOrder) string { return m.Cargo.Length }},
			{"cargo.goods_width", "5000e-3", "5", func(m wechat.InstantOrder) string { return m.Cargo.Width }},
			{"cargo.goods_detail.goods.good_price", "9.999", "10", func(m wechat.InstantOrder) string { return m.Cargo.Goods[0].Price }},
			{"receiver.lng", "116.5060305", "116.506031", func(m wechat.InstantOrder) string { return m.Receiver.Lng }},
			{"receiver.lng", "-0.0000005", "-0.000001", func(m wechat.InstantOrder) string { return m.Receiver.Lng }},
			{"receiver.lat", "40.1529600000", "40.15296", func(m wechat.InstantOrder) string { return m.Receiver.Lat }},
			{"order_info.tips", "0.5", "0.5", func(m wechat.InstantOrder) string { return m.OrderInfo.Tips }},
			{"order_info.declared_value", "100", "100", func(m wechat.InstantOrder) string { return m.OrderInfo.DeclaredValue }},
			{"order_info.expected_delivery_time", "", "", func(m wechat.InstantOrder) string { return m.OrderInfo.ExpectedDelivery }},
		} {
			d.WantResult(PreAddPath, PlaceBody(tt.member, tt.sent), 0)
			if got := tt.of(c.LastOrder()); got != tt.pushed {
				t.Errorf("%v: %s %s is pushed as %q, not %q", f, tt.member, tt.sent, got, tt.pushed)
			}
		}
	}
}

// A sender that is not needed and that nobody set is none, however a program writes it.
func TestUnsetSender(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "MTPS")
	for _, unset := range []string{"{}", "[ ]", `""`, "null", `{"name":"","city":"","address":"","address_detail":"","phone":"","lng":0,"lat":0.0,"coordinate_type":0}`, `{"name":null}`} {
		d.WantResult(PreAddPath, PlaceBody("delivery_id", `"MTPS"`, "sender", unset), 0)
		if c.LastOrder().Sender != (wechat.InstantContact{}) {
			t.Errorf("%s is pushed", unset)
		}
	}
	for _, half := range []string{`{"name":"","lng":116.5}`, `{"lng":1e999}`, `{"name":" "}`} {
		if got := d.Call(PreAddPath, PlaceBody("delivery_id", `"MTPS"`, "sender", half)); !strings.Contains(got, `"errcode":930561,`) {
			t.Errorf("%s: %s", half, got)
		}
	}
}

// Each company needs what WeChat's pages say, and no more.
func TestCompanies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		company    string
		body       []string // that the company takes
		must       []string // the members of it that may not be missing
		mustToo    []string // nor with pre_add
		may        []string // that may be
		mayNotBoth []string // that may not be missing together
		bad        [][]string
	}{
		{
			company: "SFTC", must: []string{"sender", "order_info.order_time"}, may: []string{"shop_no"},
			bad: [][]string{{"order_info.is_direct_delivery", "1"}},
		},
		{
			company: "SS", body: []string{"order_info.is_direct_delivery", "1"},
			must: []string{"shop_no", "order_info.is_direct_delivery"}, mustToo: []string{"sender"}, may: []string{"sender", "order_info.order_time"},
			bad: [][]string{{"order_info.is_direct_delivery", "0"}},
		},
		{
			company: "MTPS", must: []string{"shop_no"}, may: []string{"sender", "order_info.order_time"},
			bad: [][]string{{"order_info.is_direct_delivery", "1"}},
		},
		{
			company: "DADA", body: []string{"order_info.is_direct_delivery", "1"},
			may: []string{"sender", "shop_no", "order_info.order_time", "order_info.is_direct_delivery"}, mayNotBoth: []string{"sender", "shop_no"},
		},
		{
			company: "UU", may: []string{"sender", "shop_no", "order_info.order_time"}, mayNotBoth: []string{"sender", "shop_no"},
			bad: [][]string{{"order_info.is_direct_delivery", "1"}},
		},
		{
			company: "OURS", body: []string{"order_info.is_direct_delivery", "1"},
			may: []string{"sender", "shop_no", "order_info.order_time"}, mayNotBoth: []string{"sender", "shop_no"},
		},
	} {
		d, c := startInstant(t, wechat.JSON, tt.company)
		body := func(change ...string) string {
			all := append([]string{"delivery_id", `"` + tt.company + `"`}, tt.body...)
			return PlaceBody(append(all, change...)...)
		}
		for i, name := range append([]string{""}, tt.may...) {
			if id := `"order-` + tt.company + strings.Repeat("x", i) + `"`; name == "" {
				d.WantResult(PlacePath, body("shop_order_id", id), 0)
			} else {
				d.WantResult(PlacePath, body("shop_order_id", id, name, ""), 0)
			}
		}
		before := c.Count()
		for _, name := range tt.must {
			d.WantHint(PlacePath, body(name, ""), name)
			d.WantHint(PreAddPath, body(name, ""), name)
		}
		for _, name := range tt.mustToo {
			d.WantHint(PreAddPath, body(name, ""), name)
		}
		if len(tt.mayNotBoth) > 0 {
			d.WantHint(PlacePath, body(tt.mayNotBoth[0], "", tt.mayNotBoth[1], ""), tt.mayNotBoth[0])
			d.WantHint(PlacePath, body(tt.mayNotBoth[0], "", tt.mayNotBoth[1], `""`), tt.mayNotBoth[0])
		}
		for _, bad := range tt.bad {
			d.WantHint(PlacePath, body(bad...), bad[0])
		}
		if c.Count() != before {
			t.Errorf("%s: the company got a push", tt.company)
		}
	}
}

// A booked order needs the time that its company goes by.
func TestBookedOrders(t *testing.T) {
	t.Parallel()
	all := []string{"expected_delivery_time", "expected_finish_time", "expected_pick_time"}
	for company, enough := range map[string]string{
		"SFTC": "expected_finish_time expected_pick_time", "SS": "expected_pick_time", "MTPS": "expected_finish_time",
		"DADA": "expected_delivery_time", "UU": strings.Join(all, " "), "OURS": strings.Join(all, " "),
	} {
		d, _ := startInstant(t, wechat.JSON, company)
		body := []string{"delivery_id", `"` + company + `"`, "order_info.order_type", "1", "order_info.is_direct_delivery", "", "order_info.expected_delivery_time", "0"}
		if company == "SS" {
			body = append(body, "order_info.is_direct_delivery", "1")
		}
		member := "order_info." + strings.Fields(enough)[0]
		d.WantHint(PreAddPath, PlaceBody(body...), member)
		for _, name := range all {
			booked := PlaceBody(append(body, "order_info."+name, "1586342180")...)
			if strings.Contains(enough, name) {
				d.WantResult(PreAddPath, booked, 0)
			} else {
				d.WantHint(PreAddPath, booked, member)
			}
		}
	}
}
