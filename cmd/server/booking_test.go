package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// call calls the sandbox as a merchant does.
func (d *playedBox) call(path, body string) (string, answer) {
	d.tb.Helper()
	return d.callSandbox(http.MethodPost, "http://"+d.merchant.Addr().String()+"/cgi-bin/express/business/"+path+
		"?access_token="+sandbox.StandingToken, body)
}

// add books an order as the greeting's line does.
func (d *playedBox) add(orderID string) (string, answer) {
	d.tb.Helper()
	b := *d.box
	b.newOrderID = orderID
	body := regexp.MustCompile(`-d '(.*)' \| tee`).FindStringSubmatch(b.book())[1]
	return d.call("order/add", body)
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
	r, d, err := w.DeliverAdd(context.Background(), m, "")
	if err != nil {
		tb.Errorf("order %s: %v", m.OrderID, err)
		for _, a := range d.Answers {
			tb.Logf("%d %s", a.Status, a.Opened)
		}
	}
	return r
}

// Every answer to an order, from the wire to the tables and back. An order that
// was booked keeps its number and its label whatever else is pushed about it,
// until it is cancelled.
func TestEveryAnswerToAnOrder(t *testing.T) {
	t.Parallel()
	for mode, f := range map[wechat.Mode]wechat.Format{wechat.Secure: wechat.XML, wechat.Plain: wechat.JSON} {
		t.Run(fmt.Sprintf("%v/%v", mode, f), func(t *testing.T) {
			t.Parallel()
			p := start(t, testConfig(withSamples(t), mode))
			w := p.wechat(t, mode, f)
			n := int64(0)
			expect := func(code int, change func(*wechat.AddWaybill)) wechat.AddReply {
				t.Helper()
				n++
				m := order(n, fmt.Sprint("order-", n))
				change(&m)
				r := book(t, w, m)
				if r.ResultCode != code {
					t.Errorf("ResultCode %d (%s), want %d", r.ResultCode, r.ResultMsg, code)
				}
				if code != 0 && r.WaybillData != "" {
					t.Errorf("%d comes with the label %s", code, r.WaybillData)
				}
				return r
			}
			expect(10001, func(m *wechat.AddWaybill) { m.BizID = "nobody" })
			expect(10001, func(m *wechat.AddWaybill) { m.BizID = "" })
			expect(10002, func(m *wechat.AddWaybill) { m.BizPwd = "wrong" })
			expect(-1, func(m *wechat.AddWaybill) { m.OrderID = "" })
			expect(20001, func(m *wechat.AddWaybill) { m.WayBillID = "223456789" })
			expect(20001, func(m *wechat.AddWaybill) { m.WayBillID = demo.WaybillID })
			expect(20002, func(m *wechat.AddWaybill) { m.Sender.Name = "" })
			expect(20003, func(m *wechat.AddWaybill) { m.Sender.Country = "日本" })
			expect(20004, func(m *wechat.AddWaybill) { m.Receiver.Address = "" })
			expect(20005, func(m *wechat.AddWaybill) { m.Receiver.Country = "日本" })
			expect(20009, func(m *wechat.AddWaybill) { m.Service.ServiceName = "当日达" })
			expect(20006, func(m *wechat.AddWaybill) { m.Cargo.Weight = "50.001" })
			expect(20008, func(m *wechat.AddWaybill) { m.Insured.InsuredValue = "2000001" })
			expect(20008, func(m *wechat.AddWaybill) { m.Service = wechat.Service{ServiceType: "1", ServiceName: "经济快递"} })
			if r := expect(0, func(m *wechat.AddWaybill) { m.WayBillID = "123450001" }); r.WayBillID != "123450001" || r.WaybillData != demo.Label {
				t.Errorf("WeChat's number: %s %s", r.WayBillID, r.WaybillData)
			}
			if r := expect(0, func(m *wechat.AddWaybill) { m.Receiver.Province, m.Receiver.City = "四川省", "成都市" }); r.WaybillData != "##" {
				t.Errorf("without a route the label is %s", r.WaybillData)
			}

			first := expect(0, func(m *wechat.AddWaybill) { m.OrderID = "order-again" })
			for _, change := range []func(*wechat.AddWaybill){
				func(m *wechat.AddWaybill) { m.CreateTime = 1533042556 + n - 1 }, // the same push
				func(*wechat.AddWaybill) {},
				func(m *wechat.AddWaybill) { m.Receiver.Name, m.Cargo.Weight, m.Service.ServiceName = "", "1000", "" },
			} {
				again := expect(0, func(m *wechat.AddWaybill) { m.OrderID = "order-again"; change(m) })
				if again.WayBillID != first.WayBillID || again.WaybillData != first.WaybillData {
					t.Errorf("the same order got %s %s and then %s %s", first.WayBillID, first.WaybillData, again.WayBillID, again.WaybillData)
				}
			}
			m := sampleCancel(n)
			m.OrderID, m.WayBillID = "order-again", first.WayBillID
			want(t, w, m, 0)
			if r := expect(-1, func(m *wechat.AddWaybill) { m.OrderID = "order-again" }); r.ResultMsg != "其他错误(订单已取消,请使用新的订单号)" {
				t.Errorf("a cancelled order: %s", r.ResultMsg)
			}
			setQuota(t, p, 1)
			expect(0, func(*wechat.AddWaybill) {})
			expect(20007, func(*wechat.AddWaybill) {})
		})
	}
}

// setQuota imports what is left to the sample merchant.
func setQuota(tb testing.TB, p *program, n int) {
	tb.Helper()
	csv := fmt.Sprintf("biz_id,quota\n%s,%d\n", demo.BizID, n)
	if out, err := importsInto(tb, p.cfg.Database.URL.Value(), csv, "merchants"); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
}

// When the carrier's own numbers run out, an order that needs one is answered -1
// and the log says why; the next range helps at once.
func TestNumbersRunOut(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	const header = "name,prefix,width,check_digit,first,last,owner\n"
	ranges := func(lines string) {
		t.Helper()
		if out, err := importsInto(t, url, header+lines, "ranges"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	ranges("own,N,3,none,1,2,carrier\n")
	p := start(t, testConfig(url, wechat.Secure))
	w := p.wechat(t, wechat.Secure, wechat.XML)
	for i, want := range []string{"N001", "N002"} {
		if r := book(t, w, order(int64(i), fmt.Sprint("order-", i))); r.ResultCode != 0 || r.WayBillID != want {
			t.Errorf("%d %s, want %s", r.ResultCode, r.WayBillID, want)
		}
	}
	if r := book(t, w, order(2, "order-2")); r.ResultCode != -1 || r.ResultMsg != "其他错误" {
		t.Errorf("without numbers: %d %s", r.ResultCode, r.ResultMsg)
	}
	p.log.wait(t, `"failure":"no_numbers"`)
	ranges("own,N,3,none,1,2,carrier\nnext,X,2,none,7,9,carrier\n")
	if r := book(t, w, order(2, "order-2")); r.ResultCode != 0 || r.WayBillID != "X07" {
		t.Errorf("with the next range: %d %s", r.ResultCode, r.WayBillID)
	}
}

// What is personal stands in one table, and is gone from it after
// privacy.retention. The waybill stays, and show says of it what is not personal.
func TestPersonalDataIsErased(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	p := start(t, cfg)
	w := p.wechat(t, wechat.Secure, wechat.JSON)
	old, fresh := book(t, w, order(0, "order-old-contact")), book(t, w, order(1, "order-new-contact"))
	p.log.wait(t, `"msg":"erased personal data","bookings":0`) // its own maintenance is done
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "UPDATE booking_contact SET booked_at = now() - interval '91 days' WHERE waybill_id = $1", old.WayBillID); err != nil {
		t.Fatal(err)
	}
	show := func(number, contacts string) {
		t.Helper()
		out, err := runs(t, t.TempDir(), []string{"CARRIERHOOK_DATABASE_URL=" + url}, "show", "waybill", demo.BizID, number)
		for _, part := range []string{
			"  service    standard\n", "  quota      one was taken\n", "  label      " + demo.Label + "\n", "  pieces     2\n",
			"  weight     1.200 kg\n", "  insured    for 100.00 yuan\n", "  contacts   " + contacts + "\n", "add_waybill (json, secure)",
		} {
			if err != nil || !strings.Contains(out, part) {
				t.Errorf("show lacks %q: %v\n%s", part, err, out)
			}
		}
		noSecrets(t, out)
		noPersonalData(t, out)
	}
	show(old.WayBillID, "stored")
	second := start(t, cfg) // the maintenance runs at the start, and then by the hour
	second.log.wait(t, `"msg":"erased personal data","bookings":1`)
	show(old.WayBillID, "erased")
	show(fresh.WayBillID, "stored")
	if _, metrics := get(t, second.internal, "/metrics"); !strings.Contains(metrics, "\ncarrierhook_contacts_erased_total 1\n") {
		t.Error("the metrics do not count what was erased")
	}
}
