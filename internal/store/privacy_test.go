package store_test

import (
	"testing"

	"carrierhook/internal/waybill"
)

// What is personal is in one table, and the token in one: nothing of either is
// anywhere else, whatever became of the order.
func TestPersonalDataInOnePlace(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 5)
	const personal, token = "markerPERSON", "markerTOKEN"
	marked := func(o *waybill.Order) {
		c := waybill.Contact{
			Name: personal, Tel: personal, Mobile: personal, Company: personal, PostCode: "12345",
			Province: "广东省", City: "广州市", Area: personal, Address: personal,
		}
		o.Sender, o.Receiver, o.Remark, o.Token = c, c, personal, token
		o.Goods = []waybill.OrderGoods{{Name: personal, Count: "1"}}
	}
	number := d.placed(t, order(1, "P", "O1", marked))
	d.place(t, order(2, "P", "O1", marked))
	d.refused(t, order(3, "P", "O2", marked, func(o *waybill.Order) { o.Weight = personal }), waybill.BadCargo)
	d.refused(t, order(4, "nobody", "O2", marked), waybill.UnknownMerchant)
	d.want(t, cancelOf(5, "P", "O1", number), waybill.Accepted, false)
	d.account(t, "P", "pw")
	for mark, want := range map[string]string{personal: "booking_contact", token: "booking"} {
		if got := d.tablesWith(t, mark); len(got) != 1 || got[0] != want {
			t.Errorf("%s is in %v, want %s alone", mark, got, want)
		}
	}
}

// tablesWith lists the tables that have a text anywhere.
func (d desk) tablesWith(t *testing.T, mark string) (found []string) {
	t.Helper()
	rows, err := d.db.Query(t.Context(), `SELECT quote_ident(relname) FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if len(tables) < 10 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, name := range tables {
		if d.number(t, "SELECT count(*) FROM "+name+" AS r WHERE r::text LIKE '%' || $1 || '%'", mark) > 0 {
			found = append(found, name)
		}
	}
	return found
}
