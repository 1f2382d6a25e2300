package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"
)

// A range that somebody imported into the demo, and that was used, cannot be put
// back: the demo says so and starts with all its other samples.
func TestSamplesBesideUsedRange(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	for table, csv := range map[string]string{
		"ranges": "name,prefix,width,check_digit,first,last,owner\nmine,M,4,none,1,99,carrier\n",
		"areas":  "province,city,area,collects,delivers\n广东,,,true,true\n四川,,,true,true\n",
	} {
		on(t, url).reading(csv).says("", "import", table, "-")
	}
	p := start(t, testConfig(url, wechat.Secure))
	w := p.wechat(t, wechat.Secure, wechat.XML)
	if r := book(t, w, order(0, "order-1")); r.WayBillID != "M0001" {
		t.Fatalf("%d %s", r.ResultCode, r.WayBillID)
	}
	st, err := store.Open(t.Context(), testOptions(url))
	must(t, err)
	defer st.Close()
	out := new(output)
	log, err := newLogger(out, "info")
	must(t, err)
	if err := demo.Reset(t.Context(), st, log); err != nil || !strings.Contains(out.String(), "the ranges stay as they were imported") {
		t.Errorf("%v\n%s", err, out)
	}
	on(t, url).reading("province,city,area,collects,delivers\n,,,true,true\n").says("0 new, 0 changed, 1 as they were; 0 removed", "import", "areas", "-")
	// What was booked is gone, and its number is not given again.
	if r := book(t, w, order(1, "order-1")); r.WayBillID != "M0002" {
		t.Errorf("%d %s", r.ResultCode, r.WayBillID)
	}
}

// Two servers run on one database while services, areas and routes are imported:
// both go by them within booking.refresh, also the one that has booked before.
func TestImportReachesRunningServers(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.Booking.Refresh = 10 * time.Millisecond
	servers := []*program{start(t, cfg), start(t, cfg)}
	n := int64(0)
	// says is what each server answers to a new order for Chengdu.
	says := func(p *program, service string) (int, string) {
		n++
		m := order(n, "order-"+strconv.Itoa(int(n)))
		m.Receiver.Province, m.Receiver.City, m.Service.ServiceName = "四川省", "成都市", service
		r := book(t, p.wechat(t, wechat.Secure, wechat.XML), m)
		return r.ResultCode, r.WaybillData
	}
	expect := func(service string, code int, label string) {
		t.Helper()
		for i, p := range servers {
			eventually(t, fmt.Sprintf("server %d answers %d %s", i+1, code, label), func() bool {
				gotCode, gotLabel := says(p, service)
				return gotCode == code && gotLabel == label
			})
		}
	}
	load := func(table, csv string) {
		t.Helper()
		on(t, url).reading(csv).says("", "import", table, "-")
	}
	expect("标准快递", 0, "##")
	load("routes", "province,city,area,key,value\n四川省,成都,,ZTO_mark,028\n")
	expect("标准快递", 0, "##ZTO_mark##028##")
	expect("当日达", 20009, "")
	load("services", "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n0,当日达,today,5,60,2,1000\n")
	expect("当日达", 0, "##ZTO_mark##028##")
	expect("标准快递", 20009, "")
	load("areas", "province,city,area,collects,delivers\n广东,,,true,true\n")
	expect("当日达", 20005, "")
}
