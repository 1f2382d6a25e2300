package store_test

import (
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// What is personal is in one table, and the token in one: nothing of either is
// anywhere else, whatever became of the order.
func TestPersonalDataInOnePlace(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 5)
	const personal, token = "markerPERSON", "markerTOKEN"
	marked := func(o *waybill.Order) {
		c := waybill.Contact{
			Name: personal, Tel: personal, Mobile: personal, Company: personal, PostCode: "12345",
			Province: "广东省", City: "广州市", Area: personal, Address: personal,
		}
		o.Sender, o.Receiver, o.Remark, o.Token = c, c, personal, token
		o.Goods = []waybill.OrderGoods{{Name: personal, Count: "1"}}
	}
	number := d.Booked(t, expresstest.OrderPush(1, "P", "O1", marked))
	d.MustBook(t, expresstest.OrderPush(2, "P", "O1", marked))
	d.WantRefused(t, expresstest.OrderPush(3, "P", "O2", marked, func(o *waybill.Order) { o.Weight = personal }), waybill.BadCargo)
	d.WantRefused(t, expresstest.OrderPush(4, "nobody", "O2", marked), waybill.UnknownMerchant)
	d.WantCancel(t, expresstest.CancelOf(5, "P", "O1", number), waybill.Accepted, false)
	d.MustAccount(t, "P", "pw")
	for mark, want := range map[string]string{personal: "booking_contact", token: "booking"} {
		if got := d.tablesWith(t, mark); len(got) != 1 || got[0] != want {
			t.Errorf("%s is in %v, want %s alone", mark, got, want)
		}
	}
}

// The same of instant delivery: who sends what to whom is in one table, WeChat's token
// and what the carrier said where they are needed; the sign and the secret are nowhere.
func TestPersonalDataOfDeliveries(t *testing.T) {
	t.Parallel()
	d := withInstant(t)
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: "markerSECRET"})
	sign := func(shop, order string) string { return delivery.Sign(shop, order, "markerSECRET") }
	marked := func(f *delivery.OrderFields) {
		const p = "markerPERSON"
		c := delivery.ContactFields{Name: p, City: p, Address: p, AddressDetail: p, Phone: p, Lng: "116.383075", Lat: "40.148612"}
		f.Sender, f.Receiver, f.WXToken = c, c, "markerTOKEN"
		f.Cargo.Goods, f.Cargo.PickupInfo, f.Cargo.DeliveryInfo = []delivery.GoodsFields{{Count: "1", Name: p}}, p, p
		f.Info.Note = p
		f.Sign = sign(f.ShopID, f.OrderID)
	}
	signed := func(w *delivery.RequestFields) { w.Sign = sign(w.ShopID, w.OrderID) }
	number := d.orders.MustAccept(t, instanttest.Order(1, delivery.Add, "O", marked)).WaybillID
	d.orders.WantReason(t, instanttest.Order(2, delivery.Precreate, "O2", marked), delivery.Accepted, false)
	d.orders.WantReason(t, instanttest.Order(3, delivery.Add, "O", marked), delivery.OrderExists, false)
	d.orders.WantReason(t, instanttest.Order(4, delivery.Add, "O3", marked, func(f *delivery.OrderFields) { f.Cargo.Weight = "markerPERSON" }), delivery.CargoWrong, false)
	d.orders.WantReason(t, instanttest.Order(5, delivery.Add, "O3", marked, func(f *delivery.OrderFields) { f.Sign = "markerSIGN" }), delivery.WrongSign, false)
	d.orders.MustAccept(t, instanttest.FollowUp(6, delivery.Tip, "O", signed, instanttest.Tips("9")))
	d.orders.WantVerdict(t, instanttest.Report("O", delivery.Assigned, 0, instanttest.Of(number), func(r *delivery.StatusReport) {
		r.Message, r.Agent = "markerMESSAGE", &delivery.Agent{Name: "markerRIDER", Phone: "markerRIDER"}
	}), delivery.Recorded, delivery.Assigned)
	cancelled := d.orders.MustAccept(t, instanttest.FollowUp(7, delivery.Cancel, "O", signed))
	d.orders.MustAccept(t, instanttest.Order(8, delivery.Readd, "O", marked))
	if cancelled.Status != delivery.CancelledEarly {
		t.Errorf("it is at %d", cancelled.Status)
	}
	for mark, want := range map[string]string{
		"PERSON": "delivery_details", "TOKEN": "delivery_attempt", "MESSAGE": "delivery_step", "RIDER": "delivery_step",
		"SIGN": "", "SECRET": "",
	} {
		if got := strings.Join(d.tablesWith(t, "marker"+mark), " "); got != want {
			t.Errorf("%s is in %q, want %q alone", mark, got, want)
		}
	}
	d.WantInt(t, 0, `SELECT count(*) FROM push WHERE push::text LIKE '%' || $1 || '%'`, sign("S", "O"))
}

// tablesWith lists the tables that have a text anywhere.
func (d testStore) tablesWith(t *testing.T, mark string) (found []string) {
	t.Helper()
	rows, err := d.DB.Query(t.Context(), `SELECT quote_ident(relname) FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)
	storetest.Must(t, err)
	var tables []string
	for rows.Next() {
		var name string
		storetest.Must(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	if len(tables) < 10 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, name := range tables {
		if d.Int(t, "SELECT count(*) FROM "+name+" AS r WHERE r::text LIKE '%' || $1 || '%'", mark) > 0 {
			found = append(found, name)
		}
	}
	return found
}
