package store_test

import (
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express/expresstest"
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
