package store_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// What is erased, what the carrier offers, and its numbers: all of it works in every query
// mode that the pool can be set to.
func TestCatalogueQueryModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := importStore{newStore(t, queryMode(mode)), t}
			d.imported(csvimport.Services, "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan", "1,标准快递,standard,50,150,1,20000")
			d.imported(csvimport.Areas, "province,city,area,collects,delivers", ",,,true,true")
			d.imported(csvimport.Routes, "province,city,area,key,value", "广东省,广州市,,mark,888-666")
			d.imported(csvimport.Ranges, "name,prefix,width,check_digit,first,last,owner", "w,WX,10,none,1,9999999999,wechat", "a,A,4,mod10,7,8,carrier")
			expresstest.AddContacts(t, d.Database, 3, "2 hours")
			d.erase(time.Hour, 3)
			service := func(o *waybill.Order) { o.ServiceName = "标准快递" }
			if got := d.Booked(t, expresstest.OrderPush(1, "B", "O1", service)); got != "A00075" {
				t.Errorf("number %q", got)
			}
			d.Booked(t, expresstest.OrderPush(2, "B", "O2", service, expresstest.Numbered("WX0000000001")))
			d.WantRefused(t, expresstest.OrderPush(3, "B", "O3"), waybill.UnknownService)
			if got := d.text(`SELECT label FROM booking WHERE waybill_id = 'A00075'`); got != "##mark##888-666##" {
				t.Errorf("label %s", got)
			}
		})
	}
}

// A place is found whether the order or the file writes the official list's filler for the
// city. Lines that write one place in two ways are refused.
func TestFillersOfTheOfficialList(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile("testdata/" + name)
		storetest.Must(t, err)
		return string(text)
	}
	filled := strings.NewReplacer("河南,济源市,", "河南省,省直辖县级行政区划,济源市")
	const sender = "广东,广州,,true,true\n"
	d := importStore{newStore(t), t}
	d.imported(csvimport.Services, "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan", "1,标准快递,standard,50,150,1,20000")
	d.imported(csvimport.Ranges, "name,prefix,width,check_digit,first,last,owner", "c,A,4,none,1,9999,carrier")
	n := 0
	for _, tt := range []struct {
		areas, routes string
		orders        []string
	}{
		{read("areas.csv"), read("routes.csv"), []string{"河南省 省直辖县级行政区划 济源市", "河南省 济源市 济源市", "河南 济源 克井镇"}},
		{filled.Replace(read("areas.csv")), filled.Replace(read("routes.csv")), []string{"河南省 省直辖县级行政区划 济源市", "河南省 济源市 济源市", "河南 济源 克井镇"}},
		{"province,city,area,collects,delivers\n" + sender + "重庆,县,忠县,false,true\n", "province,city,area,key,value\n重庆,,,mark,no\n重庆市,忠县,,mark,JIYUAN\n",
			[]string{"重庆市 重庆市 忠县", "重庆市 县 忠县", "重庆市 忠县 忠县"}},
	} {
		d.imported(csvimport.Areas, tt.areas)
		d.imported(csvimport.Routes, tt.routes)
		storetest.Must(t, d.RefreshCatalogue(t.Context()))
		for _, to := range tt.orders {
			n++
			number := d.Booked(t, expresstest.OrderPush(n, "B", fmt.Sprint("O", n), func(o *waybill.Order) {
				o.ServiceName = "标准快递"
				at := strings.Fields(to)
				o.Receiver.Province, o.Receiver.City, o.Receiver.Area = at[0], at[1], at[2]
			}))
			if got := d.text(`SELECT label FROM booking WHERE waybill_id = $1`, number); got != "##mark##JIYUAN##" {
				t.Errorf("%s: label %s", to, got)
			}
		}
	}
	if _, err := d.load(csvimport.Areas, read("areas.csv")+"河南省,省直辖县级行政区划,济源市,true,false\n"); err == nil ||
		!strings.Contains(err.Error(), "line 4: the same place stands on line 3 already") {
		t.Errorf("a place in two spellings: %v", err)
	}
}
