package express_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// An order becomes a waybill, what was said of it is kept, and the ledger tells.
func TestBook(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 5)
	got := d.MustBook(t, expresstest.OrderPush(1, "P", "O1"))
	want := waybill.BookingDecision{
		Reason: waybill.Accepted, WaybillID: "CH00000001", Label: "##mark##888-666##bag##广州##", Service: "STD", FromQuota: true,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	h, err := d.History(t.Context(), "P", "CH00000001", 10)
	if err != nil || h.Waybill == nil || h.Booking == nil || len(h.Pushes) != 1 {
		t.Fatalf("got %+v, %v", h, err)
	}
	w := h.Waybill
	if w.OrderID != "O1" || w.ShopAppID != "wxS" || w.Service != "STD" || w.Status != waybill.Booked || !w.FromQuota ||
		!w.BookedAt.Equal(h.Pushes[0].At) {
		t.Errorf("got %+v", w)
	}
	if want := (waybill.Booking{Label: got.Label, Pieces: 1, Grams: 1200, InsuredFen: 10000, HasContacts: true}); *h.Booking != want {
		t.Errorf("got %+v", h.Booking)
	}
	for _, sql := range []string{
		`SELECT count(*) FROM booking WHERE (biz_id, waybill_id, token, length_mm, width_mm, height_mm) = ('P', 'CH00000001', 'token-O1', 205, 150, 100)`,
		`SELECT count(*) FROM booking_contact c JOIN waybill w USING (biz_id, waybill_id) WHERE c.booked_at = w.booked_at
			AND sender->>'Name' = '张三' AND receiver->>'Address' = '新港中路397号' AND remark = '易碎' AND goods = '[{"Name": "书", "Count": 2}]'`,
		`SELECT count(*) FROM waybill WHERE book_push = decode('00000102' || repeat('00', 28), 'hex') AND cancel_push IS NULL`,
	} {
		if d.Int(t, sql) != 1 {
			t.Errorf("not so: %s", sql)
		}
	}
	if got, want := d.LedgerRows(t), "P/CH00000001/O1 add_waybill json secure -> 0 accepted repeat=false"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.WantQuota(t, "P", 4)

}

// Every refusal has its reason, changes nothing, and leaves a row without a
// waybill number.
func TestBookReasons(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Booked(t, expresstest.OrderPush(1, "B", "taken", expresstest.Numbered("WX00000007")))
	d.WantCancel(t, expresstest.CancelOf(2, "B", "taken", "WX00000007"), waybill.Accepted, false)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash, services) VALUES ('L', '', '{EXP}')`)
	type change = func(*waybill.Order)
	tests := []struct {
		why  waybill.Reason
		with change
	}{
		{waybill.BadIDs, func(o *waybill.Order) { o.BizID = "" }},
		{waybill.BadRequest, func(o *waybill.Order) { o.OrderID = "a\x00b" }},
		{waybill.BadRequest, func(o *waybill.Order) { o.Token = strings.Repeat("x", 1025) }},
		{waybill.UnknownMerchant, func(o *waybill.Order) { o.BizID = "nobody" }},
		{waybill.WrongPassword, func(o *waybill.Order) { o.Password = "PW" }},
		{waybill.OrderCancelled, func(o *waybill.Order) { o.OrderID = "taken" }},
		{waybill.NumberOutOfRange, expresstest.Numbered("CH00000009")},
		{waybill.NumberOutOfRange, expresstest.Numbered("")},
		{waybill.NumberOutOfRange, expresstest.Numbered("WX\x00")},
		{waybill.NumberTaken, expresstest.Numbered("WX00000007")},
		{waybill.SenderIncomplete, func(o *waybill.Order) { o.Sender.Name = " " }},
		{waybill.SenderNotServed, func(o *waybill.Order) { o.Sender.Province, o.Sender.City = "上海市", "上海市" }},
		{waybill.ReceiverIncomplete, func(o *waybill.Order) { o.Receiver.Mobile = "" }},
		{waybill.ReceiverNotServed, func(o *waybill.Order) { o.Receiver.Province = "西藏自治区" }},
		{waybill.UnknownService, func(o *waybill.Order) { o.ServiceName = "slow" }},
		{waybill.ServiceNotCovered, func(o *waybill.Order) { o.BizID = "L" }},
		{waybill.BadCargo, func(o *waybill.Order) { o.Weight = "50.1" }},
		{waybill.BadInsurance, func(o *waybill.Order) { o.InsuredValue = "1000001" }},
		{waybill.QuotaUsedUp, func(o *waybill.Order) { o.BizID = "P" }},
	}
	before := len(d.LedgerRows(t))
	for i, tt := range tests {
		d.WantRefused(t, expresstest.OrderPush(10+i, "B", "O", tt.with), tt.why)
	}
	rows := d.LedgerRows(t)[before:]
	if len(rows) != len(tests) {
		t.Fatalf("%d pushes left %d rows", len(tests), len(rows))
	}
	for i, tt := range tests {
		if !strings.Contains(rows[i], " "+string(tt.why)+" repeat=false") || !strings.Contains(rows[i], "//") {
			t.Errorf("row %d is %q, want %s", i, rows[i], tt.why)
		}
	}
	if got, want := rows[len(rows)-1], "P//O add_waybill json secure -> 20007 quota_used_up repeat=false"; got != want {
		t.Errorf("got row %q, want %q", got, want)
	}
	for _, table := range []string{"waybill", "booking", "booking_contact"} {
		if n := d.Int(t, "SELECT count(*) FROM "+table); n != 1 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	seen := map[waybill.Reason]bool{waybill.Accepted: true}
	for _, tt := range tests {
		seen[tt.why] = true
	}
	for _, why := range waybill.BookReasons() {
		if !seen[why] {
			t.Errorf("no case for %s", why)
		}
	}
}

// The same order has the same number and label for ever, whatever the push says
// now and whatever has changed since: another push, other data, another
// catalogue, an empty quota. Nothing is taken from the quota again.
func TestBookRepeat(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 1)
	first := d.MustBook(t, expresstest.OrderPush(1, "P", "O"))
	again := waybill.BookingDecision{Reason: waybill.Accepted, Repeat: true, WaybillID: first.WaybillID, Label: first.Label}
	d.Exec(t, `DELETE FROM service; DELETE FROM area; DELETE FROM route; UPDATE catalogue SET version = version + 1`)
	for i, r := range []waybill.BookingRequest{
		expresstest.OrderPush(1, "P", "O"), expresstest.OrderPush(2, "P", "O"),
		expresstest.OrderPush(3, "P", "O", func(o *waybill.Order) { o.Weight, o.Sender.Name, o.WaybillID = "none", "", "WX00000001" }),
	} {
		if i == 2 {
			storetest.Must(t, d.RefreshCatalogue(t.Context()))
		}
		if got := d.MustBook(t, r); got != again {
			t.Errorf("%d: got %+v, want %+v", i, got, again)
		}
	}
	d.WantQuota(t, "P", 0)

	d.WantInt(t, 3, `SELECT count(*) FROM push WHERE waybill_id = $1 AND repeat`, first.WaybillID)
	// What is on the way already keeps its number too; what was cancelled is over.
	d.Exec(t, `UPDATE waybill SET status = 'in_transit'`)
	if got := d.MustBook(t, expresstest.OrderPush(4, "P", "O")); got != again {
		t.Errorf("on the way: %+v", got)
	}
	d.Exec(t, `UPDATE waybill SET status = 'cancelled', cancelled_at = now()`)
	d.WantRefused(t, expresstest.OrderPush(1, "P", "O"), waybill.OrderCancelled)
}

// An order whose waybill was imported has that, with the empty label.
func TestBookImported(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.AddWaybills(t, "IMPORTED")
	want := waybill.BookingDecision{Reason: waybill.Accepted, Repeat: true, WaybillID: "IMPORTED", Label: "##"}
	if got := d.MustBook(t, expresstest.OrderPush(1, "B", "O-IMPORTED")); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A set is decided one by one, each order as those before it have left things:
// the same order again repeats, the same number is taken, a quota is counted
// down, a number of the carrier's own is given once.
func TestBookBatch(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 2)
	d.Booked(t, expresstest.OrderPush(1, "B", "first")) // so that passwords, catalogue and numbers are there
	d.WantRefused(t, expresstest.OrderPush(2, "P", "none", expresstest.Numbered("CH00000009")), waybill.NumberOutOfRange)
	set := []waybill.BookingRequest{
		expresstest.OrderPush(3, "P", "b"), expresstest.OrderPush(4, "P", "a", expresstest.Numbered("WX00000001")), expresstest.OrderPush(5, "P", "c"), // 2 left, 1 left, none left
		expresstest.OrderPush(3, "P", "b"), expresstest.OrderPush(6, "P", "a"),
		expresstest.OrderPush(7, "B", "a", expresstest.Numbered("WX00000001")), expresstest.OrderPush(8, "B", "a", expresstest.Numbered("WX00000002")),
		expresstest.OrderPush(9, "P", "bad", func(o *waybill.Order) { o.OrderID = "" }), expresstest.OrderPush(10, "B", "z"),
	}
	got, err := d.RunBookings(t.Context(), set)
	storetest.Must(t, err)
	type short struct {
		why    waybill.Reason
		repeat bool
		number string
	}
	want := []short{
		{waybill.Accepted, false, "CH00000002"}, {waybill.Accepted, false, "WX00000001"}, {waybill.QuotaUsedUp, false, ""},
		{waybill.Accepted, true, "CH00000002"}, {waybill.Accepted, true, "WX00000001"},
		{waybill.NumberTaken, false, ""}, {waybill.Accepted, false, "WX00000002"},
		{waybill.BadRequest, false, ""}, {waybill.Accepted, false, "CH00000003"},
	}
	for i, g := range got {
		if g == nil || (short{g.Reason, g.Repeat, g.WaybillID}) != want[i] {
			t.Errorf("request %d: got %+v, want %+v", i, g, want[i])
		}
	}
	d.WantQuota(t, "P", 0)

	d.WantInt(t, 5, `SELECT count(*) FROM waybill`)
	if n := d.Int(t, `SELECT count(*) FROM push`); n != len(set)+2 {
		t.Errorf("%d rows in the ledger for %d pushes", n, len(set)+2)
	}
}

// What no text of Postgres can be is refused, in whatever part of an order, and
// its neighbours in the batch are booked.
func TestBookSetMalformed(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Booked(t, expresstest.OrderPush(1, "B", "first")) // so that passwords, catalogue and numbers are there
	set := []waybill.BookingRequest{
		expresstest.OrderPush(2, "B", "a", expresstest.Numbered("WX\x00")), expresstest.OrderPush(3, "B", "b"), expresstest.OrderPush(4, "B", "c", expresstest.Numbered("WX00000001")),
		expresstest.OrderPush(5, "B", "d\x00"), expresstest.OrderPush(6, "B\x00", "e"),
		expresstest.OrderPush(7, "B", "f", func(o *waybill.Order) { o.Receiver.Address = "a\xff" }),
		expresstest.OrderPush(8, "B", "g", func(o *waybill.Order) { o.ServiceName = "a\x00" }),
	}
	want := []waybill.Reason{
		waybill.NumberOutOfRange, waybill.Accepted, waybill.Accepted, waybill.BadRequest, waybill.BadIDs,
		waybill.ReceiverIncomplete, waybill.UnknownService,
	}
	got, err := d.RunBookings(t.Context(), set)
	storetest.Must(t, err)
	for i, g := range got {
		if g == nil || g.Reason != want[i] {
			t.Errorf("request %d: got %+v, want %s", i, g, want[i])
		}
	}
	const row = "B//a add_waybill json secure -> 20001 number_out_of_range repeat=false"
	if got := d.LedgerRows(t); len(got) != 1+len(set) || !slices.Contains(got, row) {
		t.Errorf("got rows %q, want %q", got, row)
	}
}

// Pasted texts are kept on one line, and nothing in them keeps Postgres from it.
func TestBookPastedTexts(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Booked(t, expresstest.OrderPush(1, "B", "O", func(o *waybill.Order) {
		o.Receiver.Address, o.Remark = "新港中路\r\n397号\t2楼\n", "轻放\v\x00易碎"
		o.Goods = []waybill.OrderGoods{{Name: "水果\f\x1b篮", Count: "1.0"}}
	}))
	if d.Int(t, `SELECT count(*) FROM booking_contact WHERE receiver->>'Address' = '新港中路 397号 2楼' AND remark = '轻放 易碎' AND goods->0->>'Name' = '水果 篮'`) != 1 {
		t.Error("a text is another")
	}
}

// A contact is kept as JSON, whole, under these names, and so are goods.
func TestBookKeepsContactsWhole(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Booked(t, expresstest.OrderPush(1, "B", "O", func(o *waybill.Order) {
		o.Receiver = waybill.Contact{
			Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456",
			Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
		}
		o.Goods = []waybill.OrderGoods{{Name: "一千零一夜钻石包", Count: "1"}, {Name: "书", Count: "2"}}
	}))
	const contact = `{"Name":"张三","Tel":"020-88888888","Mobile":"18666666666","Company":"公司名","PostCode":"123456",` +
		`"Country":"中国","Province":"广东省","City":"广州市","Area":"海珠区","Address":"XX路XX号XX大厦XX栋XX"}`
	const goods = `[{"Name":"一千零一夜钻石包","Count":1},{"Name":"书","Count":2}]`
	if d.Int(t, `SELECT count(*) FROM booking_contact WHERE receiver = $1::jsonb AND goods = $2::jsonb`, contact, goods) != 1 {
		t.Error("something else is kept")
	}
}

// When somebody has deleted a waybill by hand, its order can be booked again under
// the same number. What was kept of it is what is said now.
func TestBookDeletedByHand(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Booked(t, expresstest.OrderPush(1, "B", "O", expresstest.Numbered("WX00000001")))
	d.Exec(t, `UPDATE booking_contact SET booked_at = now() - interval '9 days'`)
	d.Exec(t, `DELETE FROM waybill`)
	another := func(o *waybill.Order) {
		o.Token, o.Remark, o.Weight, o.SpaceX, o.SpaceY, o.SpaceZ, o.Count, o.InsuredValue = "T", "R", "2", "3", "4", "5", "6", "7"
		o.Sender.Name, o.Receiver.Name, o.Receiver.City, o.Goods = "S", "R", "深圳市", nil
	}
	d.Booked(t, expresstest.OrderPush(2, "B", "O", expresstest.Numbered("WX00000001"), another))
	for _, sql := range []string{
		`SELECT count(*) FROM booking WHERE (token, label, grams, length_mm, width_mm, height_mm, pieces, insured_fen) = ('T', '##', 2000, 30, 40, 50, 6, 7)`,
		`SELECT count(*) FROM booking_contact c JOIN waybill w USING (biz_id, waybill_id) WHERE c.booked_at = w.booked_at
			AND sender->>'Name' = 'S' AND receiver->>'Name' = 'R' AND remark = 'R' AND goods = '[]'`,
	} {
		if d.Int(t, sql) != 1 {
			t.Errorf("not so: %s", sql)
		}
	}
	// One that is there is not changed by who comes with its number.
	d.WantRefused(t, expresstest.OrderPush(3, "B", "P", expresstest.Numbered("WX00000001")), waybill.NumberTaken)
	if d.Int(t, `SELECT count(*) FROM booking WHERE token = 'T'`) != 1 {
		t.Error("another order has changed it")
	}
}

// A monthly account has nothing to use up.
func TestBookMonthly(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	for i, id := range []string{"O1", "O2", "O3"} {
		if got := d.MustBook(t, expresstest.OrderPush(i, "B", id)); got.FromQuota || got.Reason != waybill.Accepted {
			t.Errorf("got %+v", got)
		}
	}
	d.WantInt(t, 0, `SELECT count(*) FROM waybill WHERE from_quota`)
}

// Without a catalogue nothing is accepted: services, areas and ranges of numbers
// are each missed.
func TestBookNothingOffered(t *testing.T) {
	t.Parallel()
	for table, why := range map[string]waybill.Reason{"service": waybill.UnknownService, "area": waybill.SenderNotServed, "": waybill.Accepted} {
		d := newBookingStore(t, 0)
		if table != "" {
			d.Exec(t, "DELETE FROM "+table)
		}
		if got := d.MustBook(t, expresstest.OrderPush(1, "B", "O")); got.Reason != why {
			t.Errorf("without %s: %+v", table, got)
		}
	}
}

// When the carrier's numbers are used up, an order that needs one is not
// answered, and others are.
func TestBookNumbersUsedUp(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 9)
	d.Exec(t, `UPDATE number_range SET last = 2 WHERE name = 'own'`)
	numbers := []string{d.Booked(t, expresstest.OrderPush(1, "P", "O1")), d.Booked(t, expresstest.OrderPush(2, "P", "O2"))}
	if !slices.Equal(numbers, []string{"CH00000001", "CH00000002"}) {
		t.Errorf("got %v", numbers)
	}
	_, err := d.Book(t.Context(), expresstest.OrderPush(3, "P", "O3"))
	if !errors.Is(err, waybill.ErrNoNumbers) || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	d.Booked(t, expresstest.OrderPush(4, "P", "O4", expresstest.Numbered("WX00000001")))
	if got := d.MustBook(t, expresstest.OrderPush(1, "P", "O1")); !got.Repeat {
		t.Errorf("got %+v", got)
	}
	d.WantQuota(t, "P", 6)

	d.WantInt(t, 0, `SELECT count(*) FROM push WHERE order_id = 'O3'`)
}

// A number of the carrier's own that somebody has imported is passed over.
func TestBookNumberImported(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 9)
	d.AddWaybills(t, "CH00000001", "CH00000002", "CH00000004")
	for i, want := range []string{"CH00000003", "CH00000005", "CH00000006"} {
		if got := d.Booked(t, expresstest.OrderPush(i, "P", "O"+want)); got != want {
			t.Errorf("got number %s, want %s", got, want)
		}
	}
	d.WantQuota(t, "P", 6)

}

// However many of the carrier's own numbers are imported already, orders do not
// find them out one by one.
func TestBookNumbersImported(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id)
		SELECT 'B', 'CH' || lpad(i::text, 8, '0'), 'old' || i FROM generate_series(1, 5000) AS i`)
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			got, err := d.Book(ctx, expresstest.OrderPush(i, "B", fmt.Sprint("O", i)))
			if err != nil || got.Reason != waybill.Accepted || got.WaybillID <= "CH00005000" || got.WaybillID > "CH00005020" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if n := d.Retries(); n != 0 {
		t.Errorf("%v tries failed", n)
	}
}

// A number that was taken for an order that came to nothing is not lost, and
// what may have been written is not given to somebody else.
func TestBookNumberGivenBack(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 9)
	d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_poison CHECK (order_id <> 'poison')`)
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	if got, err := d.Book(ctx, expresstest.OrderPush(2, "P", "poison")); err == nil {
		t.Errorf("got %+v", got)
	}
	if got := d.Booked(t, expresstest.OrderPush(3, "P", "O2")); got != "CH00000002" {
		t.Errorf("got number %s", got)
	}
}

// What is asked about accounts, and the ledger's rows.
func TestAccount(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 7)
	for _, tt := range []struct {
		bizID, pwd string
		want       waybill.AccountDecision
	}{
		{"P", "pw", waybill.AccountDecision{Reason: waybill.Accepted, Quota: 7}},
		{"B", "pw", waybill.AccountDecision{Reason: waybill.Accepted}},
		{"P", "PW", waybill.AccountDecision{Reason: waybill.WrongPassword}},
		{"nobody", "pw", waybill.AccountDecision{Reason: waybill.UnknownMerchant}},
		{"", "pw", waybill.AccountDecision{Reason: waybill.BadIDs, Field: "BizID"}},
	} {
		if got := d.MustAccount(t, tt.bizID, waybill.Password(tt.pwd)); got != tt.want {
			t.Errorf("%q: got %+v, want %+v", tt.bizID, got, tt.want)
		}
	}
	d.Booked(t, expresstest.OrderPush(1, "P", "O"))
	if got := d.MustAccount(t, "P", "pw"); got.Quota != 6 {
		t.Errorf("after a booking: %+v", got)
	}
	want := []string{
		"P// get_quota json secure -> 0 accepted repeat=false",
		"B// get_quota json secure -> 0 accepted repeat=false",
		"P// get_quota json secure -> 10002 wrong_password repeat=false",
		"nobody// get_quota json secure -> 10001 unknown_merchant repeat=false",
		"// get_quota json secure -> 10001 bad_ids repeat=false",
	}
	if got := d.LedgerRows(t)[:5]; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
