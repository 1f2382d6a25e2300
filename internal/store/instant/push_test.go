package instant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// attemptRows are an order's attempts as texts, oldest first.
func (d testStore) attemptRows(t *testing.T, orderID string) []string {
	t.Helper()
	return d.Texts(t, `SELECT concat_ws(' ', attempt, waybill_id, wx_token, status, CASE WHEN expired THEN 'expired' END, expires_at - placed_at,
			'fee', deliver_fen, coupon_fen, insurance_fen, metres, 'tips', tips_fen, tips_now_fen, 'codes', finish_code > 0, pickup_code > 0,
			'cost', deducted_fen, CASE WHEN cancel_push IS NOT NULL THEN 'cancelled for ' || cancel_reason END, CASE WHEN tip_push IS NOT NULL THEN 'tipped' END,
			CASE WHEN return_push IS NOT NULL THEN 'returned' END)
		FROM delivery_attempt WHERE order_id = $1 ORDER BY attempt`, orderID)
}

// An order is priced, placed, tipped, cancelled and placed again. Each attempt has a
// number of its own and keeps its steps.
func TestPushLife(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	quote := d.WantReason(t, instanttest.Order(1, delivery.Precreate, "O"), delivery.Accepted, false)
	first := d.MustAccept(t, instanttest.Order(2, delivery.Add, "O"))
	if first.WaybillID != "CH00000001" || first.Status != delivery.Waiting || first.FinishCode != 0 || first.PickupCode != 0 ||
		first.Quote != quote.Quote || first.Quote.Fee() <= 0 {
		t.Errorf("placed %+v for %+v", instanttest.AnswerOf(delivery.Decision{Attempt: first}), quote.Quote)
	}
	if got := d.WantReason(t, instanttest.FollowUp(3, delivery.Query, "O"), delivery.Accepted, false).Attempt; got.WaybillID != first.WaybillID || got.Status != delivery.Waiting {
		t.Errorf("it is at %d with %s", got.Status, got.WaybillID)
	}
	if got := d.MustAccept(t, instanttest.FollowUp(4, delivery.Tip, "O", instanttest.Tips("7.25"))).TipsNow; got != 725 {
		t.Errorf("the tip is %d", got)
	}
	d.WantReason(t, instanttest.FollowUp(5, delivery.Tip, "O", instanttest.Tips("7.25")), delivery.TipsNotMore, false)
	if got := d.WantReason(t, instanttest.FollowUp(6, delivery.Precancel, "O"), delivery.Accepted, false); got.Deduct != 0 {
		t.Errorf("cancelling would cost %d", got.Deduct)
	}
	d.WantReason(t, instanttest.Order(7, delivery.Readd, "O"), delivery.OrderUnderWay, false)
	d.MustAccept(t, instanttest.FollowUp(8, delivery.Cancel, "O"))
	d.WantReason(t, instanttest.FollowUp(9, delivery.Cancel, "O"), delivery.OrderEnded, false)
	again := d.MustAccept(t, instanttest.Order(10, delivery.Readd, "O", instanttest.WithCodes, func(f *delivery.OrderFields) { f.WXToken = "wx-2" }))
	if again.WaybillID != "CH00000002" || again.Number != 2 || again.FinishCode < 1000 || again.FinishCode > 9999 || again.PickupCode < 1000 || again.PickupCode > 9999 {
		t.Errorf("placed again %+v", instanttest.AnswerOf(delivery.Decision{Attempt: again}))
	}
	ofFirst := func(w *delivery.RequestFields) { w.WaybillID = first.WaybillID }
	d.WantReason(t, instanttest.FollowUp(11, delivery.Cancel, "O", ofFirst), delivery.OrderEnded, false)
	if got := d.WantReason(t, instanttest.FollowUp(13, delivery.Query, "O", ofFirst), delivery.Accepted, false).Attempt; got.CancelReason != 3 || got.CancelPush == [32]byte{} {
		t.Errorf("it was cancelled for reason %d", got.CancelReason)
	}
	d.WantReason(t, instanttest.FollowUp(12, delivery.ConfirmReturn, "O"), delivery.NotReturning, false)
	fee := fmt.Sprintf("fee %d 50 0 %d", quote.Quote.Deliver, quote.Quote.Metres)
	wantTexts(t, "the attempts", d.attemptRows(t, "O"),
		"1 CH00000001 wx-O 103 02:00:00 "+fee+" tips 150 725 codes f f cost 0 cancelled for 3 tipped",
		"2 CH00000002 wx-2 101 02:00:00 "+fee+" tips 150 150 codes t t cost 0")
	wantTexts(t, "the steps", d.Texts(t, `SELECT concat_ws(' ', attempt, serial, status, recorded_by, at = recorded_at, message = '') FROM delivery_step ORDER BY attempt, serial`),
		"1 1 101 push t t", "1 2 103 push t t", "2 1 101 push t t")
	wantTexts(t, "the orders", d.Texts(t, `SELECT concat_ws(' ', shop_id, order_id, shop_no, attempt) FROM delivery_order`), "S O no-1 2")
	instanttest.CheckSteps(t, d.Database)
}

// ledgerRows are the ledger's entries as texts, oldest first.
func (d testStore) ledgerRows(t *testing.T) []string {
	t.Helper()
	return d.Texts(t, `SELECT biz_id || '/' || waybill_id || '/' || order_id || ' ' || event || ' ' || format || ' ' || mode
			|| ' -> ' || coalesce(result_code::text, 'null') || ' ' || reason || ' repeat=' || repeat
		FROM push ORDER BY at, id`)
}

// Every push that is decided has a ledger entry with its shop, order and waybill.
func TestPushLedger(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "Q", Secret: instanttest.Secret, Inactive: true})
	in := func(shop string) func(*delivery.OrderFields) {
		return func(f *delivery.OrderFields) { f.ShopID = shop }
	}
	for _, tt := range []struct {
		r    delivery.Request
		want string
	}{
		{instanttest.Order(1, delivery.Add, "O"), "S/CH00000001/O transport_add_order json secure -> 0 accepted repeat=false"},
		{instanttest.Order(1, delivery.Add, "O"), "S/CH00000001/O transport_add_order json secure -> 0 accepted repeat=true"},
		{instanttest.Order(2, delivery.Add, "O"), "S/CH00000001/O transport_add_order json secure -> 1003 order_exists repeat=false"},
		{instanttest.FollowUp(3, delivery.Query, "O"), "S/CH00000001/O transport_query_order_status json secure -> 0 accepted repeat=false"},
		{instanttest.FollowUp(4, delivery.Cancel, "O", func(w *delivery.RequestFields) { w.WaybillID = "X" }), "S/X/O transport_cancel_order json secure -> 1005 waybill_mismatch repeat=false"},
		{instanttest.FollowUp(5, delivery.Cancel, "none"), "S//none transport_cancel_order json secure -> 1004 unknown_order repeat=false"},
		{instanttest.Order(6, delivery.Precreate, "new"), "S//new transport_precreate_order json secure -> 0 accepted repeat=false"},
		{instanttest.Order(7, delivery.Add, "O2", in("nobody")), "nobody//O2 transport_add_order json secure -> 1001 unknown_shop repeat=false"},
		{instanttest.Order(8, delivery.Add, "O2", in("Q")), "Q//O2 transport_add_order json secure -> 1001 unknown_shop repeat=false"},
		{instanttest.Order(9, delivery.Add, "O2", func(f *delivery.OrderFields) { f.Sign = strings.Repeat("a", 40) }), "S//O2 transport_add_order json secure -> 1002 wrong_sign repeat=false"},
		{instanttest.Order(10, delivery.Add, "O\x00\xff"), "S//O\ufffd\ufffd transport_add_order json secure -> 1000 bad_ids repeat=false"},
		{instanttest.Order(11, delivery.Add, "O2", func(f *delivery.OrderFields) { f.Receiver.Name = "" }), "S//O2 transport_add_order json secure -> 1013 receiver_wrong repeat=false"},
	} {
		d.MustDecide(t, tt.r)
		if rows := d.ledgerRows(t); rows[len(rows)-1] != tt.want {
			t.Errorf("got row %q, want %q", rows[len(rows)-1], tt.want)
		}
	}
	for what, want := range map[string]int{"delivery_order": 1, "delivery_attempt": 1, "delivery_step": 1, "delivery_details": 1, "push": 12} {
		if n := d.Int(t, "SELECT count(*) FROM "+what); n != want {
			t.Errorf("%d rows in %s, want %d", n, what, want)
		}
	}
}

// A repeat of an accepted push gets the same answer and changes nothing, whatever has
// become of the order: also a push of an attempt that is not the last.
func TestPushRepeat(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	pushes := []delivery.Request{
		instanttest.Order(1, delivery.Add, "O", instanttest.WithCodes), instanttest.FollowUp(2, delivery.Tip, "O", instanttest.Tips("3")), instanttest.FollowUp(3, delivery.Cancel, "O"),
		instanttest.Order(4, delivery.Readd, "O", instanttest.WithCodes),
	}
	var answers []instanttest.Answer
	repeats := func() {
		t.Helper()
		for i, r := range pushes {
			got := instanttest.AnswerOf(d.WantReason(t, r, delivery.Accepted, true))
			if r.Kind == delivery.Tip || r.Kind == delivery.Cancel || r.Kind == delivery.ConfirmReturn {
				got.Status = answers[i].Status // the answer has no status
			}
			if got != answers[i] {
				t.Errorf("%s: answered %+v, and then %+v", r.Kind, answers[i], got)
			}
		}
	}
	do := func(r delivery.Request) {
		t.Helper()
		answers = append(answers, instanttest.AnswerOf(d.WantReason(t, r, delivery.Accepted, false)))
	}
	for _, r := range pushes {
		do(r)
	}
	repeats()
	way := func(status delivery.Status, minute int) {
		d.WantVerdict(t, instanttest.Report("O", status, minute, instanttest.Of(answers[3].WaybillID)), delivery.Recorded, status)
	}
	way(delivery.Assigned, 1)
	way(delivery.PickedUp, 2)
	way(delivery.ReturningRefused, 3)
	pushes = append(pushes, instanttest.FollowUp(5, delivery.ConfirmReturn, "O"))
	do(pushes[4])
	pushes = append(pushes, instanttest.Order(6, delivery.Readd, "O"))
	do(pushes[5])
	before := d.attemptRows(t, "O")
	repeats()
	wantTexts(t, "after the repeats", d.attemptRows(t, "O"), before...)
	wantTexts(t, "the courses", []string{instanttest.Steps(t, d.Database, "O")},
		"1: 101 push, 1: 103 push, 2: 101 push, 2: 102 1 hub, 2: 202 2 hub, 2: 305 3 hub, 2: 401 push, 3: 101 push")
	d.WantInt(t, 10, `SELECT count(*) FROM push WHERE repeat`)
	instanttest.CheckSteps(t, d.Database)
}

// An attempt that found no rider in time may be followed by another. It is marked as
// expired, and otherwise unchanged.
func TestPushExpired(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	first := d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	d.WantReason(t, instanttest.Order(2, delivery.Readd, "O"), delivery.OrderUnderWay, false)
	d.Exec(t, `UPDATE delivery_attempt SET placed_at = placed_at - interval '2 hours', expires_at = expires_at - interval '2 hours'`)
	again := d.MustAccept(t, instanttest.Order(3, delivery.Readd, "O"))
	wantTexts(t, "the attempts", d.Texts(t, `SELECT concat_ws(' ', attempt, waybill_id, status, expired) FROM delivery_attempt ORDER BY attempt`),
		"1 "+first.WaybillID+" 101 t", "2 "+again.WaybillID+" 101 f")
	d.WantVerdict(t, instanttest.Report("O", delivery.Assigned, 1, instanttest.Of(first.WaybillID)), delivery.AttemptSuperseded, delivery.Waiting)
	d.WantVerdict(t, instanttest.Report("O", delivery.Assigned, 1, instanttest.Of(again.WaybillID)), delivery.Recorded, delivery.Assigned)
}

// A re-order is compared with the stored order in every detail.
func TestPushSame(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	d.MustAccept(t, instanttest.FollowUp(2, delivery.Cancel, "O"))
	for i, change := range []func(*delivery.OrderFields){
		func(f *delivery.OrderFields) { f.ShopNo = "no-2" },
		func(f *delivery.OrderFields) { f.Sender.AddressDetail += "x" },
		func(f *delivery.OrderFields) { f.Sender.Lat = "40.148613" },
		func(f *delivery.OrderFields) { f.Receiver.Phone += "0" },
		func(f *delivery.OrderFields) { f.Cargo.Goods[1].Price = "20.51" },
		func(f *delivery.OrderFields) { f.Cargo.Goods = f.Cargo.Goods[:1] },
		func(f *delivery.OrderFields) { f.Cargo.SecondClass = "零食" },
	} {
		d.WantReason(t, instanttest.Order(10+i, delivery.Readd, "O", change), delivery.OrderChanged, false)
	}
	d.MustAccept(t, instanttest.Order(3, delivery.Readd, "O", func(f *delivery.OrderFields) { f.Receiver.Lat, f.Info.Note = "40.15297", "" }))
}

// The pushes of a batch are decided one after the other: an order that occurs several
// times is seen as the pushes before have left it, and written as the last leaves it.
func TestPushBatch(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(90, delivery.Add, "locked"))
	d.MustAccept(t, instanttest.Order(91, delivery.Add, "old"))
	d.lease(t)
	defer d.Lock(t, `SELECT FROM delivery_order WHERE order_id = 'locked' FOR UPDATE`)()
	set := []delivery.Request{
		instanttest.Order(1, delivery.Add, "O"), instanttest.FollowUp(2, delivery.Cancel, "old"), instanttest.FollowUp(3, delivery.Query, "O"), instanttest.Order(4, delivery.Add, "O"),
		instanttest.FollowUp(5, delivery.Cancel, "locked"), instanttest.FollowUp(6, delivery.Query, "locked"), instanttest.Order(90, delivery.Add, "locked"),
		instanttest.FollowUp(7, delivery.Tip, "O", instanttest.Tips("9")), instanttest.FollowUp(8, delivery.Cancel, "O"), instanttest.Order(9, delivery.Readd, "old"),
		instanttest.Order(10, delivery.Readd, "O"), instanttest.Order(10, delivery.Readd, "O"), instanttest.FollowUp(11, delivery.Cancel, "O"), instanttest.Order(12, delivery.Readd, "O"),
		instanttest.FollowUp(13, delivery.Cancel, "none"), instanttest.FollowUp(8, delivery.Cancel, "O"),
	}
	want := []string{
		"accepted", "accepted", "accepted", "order_exists",
		"", "accepted", "accepted again",
		"accepted", "accepted", "accepted",
		"accepted", "accepted again", "accepted", "accepted",
		"unknown_order", "accepted again",
	}
	got, err := d.RunPushes(t.Context(), set)
	storetest.Must(t, err)
	for i, g := range got {
		says := ""
		if g != nil {
			says = string(g.Reason)
			if g.Repeat {
				says += " again"
			}
		}
		if says != want[i] {
			t.Errorf("%d, %s of %s: got %q, want %q", i, set[i].Kind, set[i].OrderID, says, want[i])
		}
	}
	wantTexts(t, "the courses", []string{instanttest.Steps(t, d.Database, "O"), instanttest.Steps(t, d.Database, "old"), instanttest.Steps(t, d.Database, "locked")},
		"1: 101 push, 1: 103 push, 2: 101 push, 2: 103 push, 3: 101 push", "1: 101 push, 1: 103 push, 2: 101 push", "1: 101 push")
	wantTexts(t, "the orders", d.Texts(t, `SELECT concat_ws(' ', order_id, attempt, (SELECT count(*) FROM delivery_details d WHERE d.order_id = o.order_id))
		FROM delivery_order o ORDER BY order_id`), "O 3 3", "locked 1 1", "old 2 2")
	if rows := d.attemptRows(t, "O"); !strings.Contains(rows[0], "tips 150 900 ") || !strings.HasSuffix(rows[0], "cancelled for 3 tipped") {
		t.Errorf("the attempts are\n%s", strings.Join(rows, "\n"))
	}
	instanttest.CheckSteps(t, d.Database)
	// A batch that writes nothing leaves the connection usable.
	if got, err := d.RunPushes(t.Context(), set[4:5]); err != nil || got[0] != nil {
		t.Errorf("%v, %v", got[0], err)
	}
	d.WantReason(t, instanttest.FollowUp(14, delivery.Cancel, "old"), delivery.Accepted, false)
}

// The codes are drawn for each attempt, and have four digits.
func TestPushCodes(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	const n = 200
	seen := map[int]bool{}
	for _, g := range storetest.AtOnce(n, func(i int) delivery.Decision {
		return d.MustDecide(t, instanttest.Order(i, delivery.Add, fmt.Sprint("O", i), instanttest.WithCodes))
	}) {
		for _, code := range []int{g.Attempt.FinishCode, g.Attempt.PickupCode} {
			if code < 1000 || code > 9999 {
				t.Errorf("code %d", code)
			}
			seen[code] = true
		}
	}
	if len(seen) < n { // of 400 drawn out of 9000, about 391 differ
		t.Errorf("%d codes are all there are: are they drawn?", len(seen))
	}
}

// Without instant delivery nothing is decided, and nothing is written.
func TestPushNotOffered(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `DELETE FROM shop`)
	off := openStore(t, d.Database, notOffered)
	if _, err := off.DecidePush(t.Context(), instanttest.Order(1, delivery.Add, "O")); !errors.Is(err, instant.ErrNoKey) {
		t.Errorf("a push: %v", err)
	}
	if err := off.ReplaceShops(t.Context(), []instant.ShopRow{{ID: "S", Secret: "x"}}); !errors.Is(err, instant.ErrNoKey) {
		t.Errorf("samples: %v", err)
	}
	if n := d.Int(t, `SELECT count(*) FROM shop`) + d.Int(t, `SELECT count(*) FROM push`); n != 0 {
		t.Errorf("%d rows", n)
	}
	for _, keys := range [][][]byte{nil, {instanttest.Key[:31]}, {instanttest.Key, nil}} {
		if _, err := instant.NewSeals(keys); err == nil {
			t.Errorf("it takes keys of %d", len(keys))
		}
	}
}

// An order whose attempt was deleted by hand is named in the error of a push that places
// it, with what to do.
func TestPushOrderWithoutAttempt(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	d.Exec(t, `DELETE FROM delivery_attempt`)
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	failed := make(chan error, 1)
	go func() {
		_, err := d.DecidePush(ctx, instanttest.Order(2, delivery.Add, "O"))
		failed <- err
	}()
	storetest.Until(t, "it has been tried three times", func() bool { return d.retries() > 2 || len(failed) > 0 })
	stop()
	err := <-failed
	if err == nil || !strings.Contains(err.Error(), `if order "O" of shop "S" has a row in delivery_order and none in delivery_attempt, delete the one that it has`) || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	d.Exec(t, `DELETE FROM delivery_order`)
	d.WantReason(t, instanttest.Order(3, delivery.Add, "O"), delivery.Accepted, false)
}
