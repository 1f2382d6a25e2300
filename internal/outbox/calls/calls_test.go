package calls

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/outbox"
	"carrierhook/internal/store/events"
	"carrierhook/internal/waybill"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

var node = waybill.PathNode{Token: "T-secret", WaybillID: "W1", Action: 200001, At: time.Unix(1796046764, 0), Message: "联系电话13800000000"}

// Each call says what was read of its event, byte for byte, and nothing of later than now.
func TestWhatCallsSay(t *testing.T) {
	t.Parallel()
	past := time.Unix(1500000000, 0)
	late := node
	late.At = time.Now().Add(time.Hour)
	early := node
	early.At = past
	agent := delivery.StatusCall{Token: "T", ShopID: "S", OrderID: "O 1/二?&", ShopNo: "N", WaybillID: "W", Status: 102, At: past, Message: "m",
		Agent: &delivery.Agent{Name: "王", Phone: "x", PhoneEncrypted: true}, ExpectedAt: past.Add(time.Hour)}
	for name, tc := range map[string]struct {
		call Call
		kind event.Kind
		want string
	}{
		"path": {UpdatePath(&reader{node: early}), event.WaybillScanned,
			`{"token":"T-secret","waybill_id":"W1","action_time":1500000000,"action_type":200001,"action_msg":"联系电话13800000000"}`},
		"order": {UpdateOrder(&reader{status: agent}, "pages/order?id={shop_order_id}&s={shop_id}&w={waybill_id}"), event.OrderStatusChanged,
			`{"wx_token":"T","shopid":"S","shop_order_id":"O 1/二?&","shop_no":"N","waybill_id":"W","action_time":1500000000,"order_status":102,"action_msg":"m",` +
				`"wxa_path":"pages/order?id=O%201%2F%E4%BA%8C%3F%26&s=S&w=W","agent":{"name":"王","phone":"x","is_phone_encrypted":1},"expected_delivery_time":1500003600}`},
		"order, in short": {UpdateOrder(&reader{status: delivery.StatusCall{Token: "T", ShopID: "S", OrderID: "O", WaybillID: "W", Status: 302, At: past}}, "p"), event.OrderStatusChanged,
			`{"wx_token":"T","shopid":"S","shop_order_id":"O","waybill_id":"W","action_time":1500000000,"order_status":302,"wxa_path":"p"}`},
		"passed": {UpdateBusiness(&reader{review: waybill.ReviewCall{ShopAppID: "wxS", BizID: "B", Passed: true, Message: "fine"}}), event.MerchantReviewed,
			`{"shop_app_id":"wxS","biz_id":"B","result_code":0}`},
		"failed": {UpdateBusiness(&reader{review: waybill.ReviewCall{ShopAppID: "wxS", BizID: "B", Message: "资料不全"}}), event.MerchantReviewed,
			`{"shop_app_id":"wxS","biz_id":"B","result_code":1,"result_msg":"资料不全"}`},
	} {
		s, f, _ := newSender(t, tc.call)
		f.set(s.limits.path, `{"errcode":0,"resultcode":0}`)
		d := written(event.Event{Kind: tc.kind, Account: "gh_1", Body: event.Body{ActionType: 200001, StatusBefore: "collected", Status: "in_transit"}})
		if r := send(t, s, d); r != (outbox.Result{OK: true, Kind: outbox.KindDelivered}) {
			t.Errorf("%s: %+v", name, r)
		}
		got := f.calls()
		if len(got) != 2 || !strings.HasPrefix(got[0], quotaPath) || !strings.HasPrefix(got[1], s.limits.path) || bodyOf(t, got[1]) != tc.want {
			t.Errorf("%s: got %q, want %s", name, got, tc.want)
		}
	}
	s, f, _ := newSender(t, UpdatePath(&reader{node: late}))
	f.set(s.limits.path, `{"errcode":0}`)
	before := time.Now().Unix()
	send(t, s, moved())
	var at int64
	if _, err := fmt.Sscanf(bodyOf(t, f.calls()[1]), `{"token":"T-secret","waybill_id":"W1","action_time":%d`, &at); err != nil || at < before || at > time.Now().Unix() {
		t.Errorf("%v: at %d, now it is %d", err, at, before)
	}
}

// What WeChat answers says what becomes of the event.
func TestResults(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]outbox.Result{
		`{"errcode":0,"errmsg":"ok"}`: {OK: true, Kind: "delivered"},
		`{"errcode":-1}`:              {Kind: "transient"},
		`<html>`:                      {Kind: "transient"},
		`{"errcode":40001}`:           {Kind: "token"},
		`{"errcode":45011}`:           {Kind: "minute", Postponed: true, RetryAfter: time.Minute},
		`{"errcode":40164}`:           {Kind: "setup", Postponed: true, Elsewhere: true, RetryAfter: 5 * time.Minute},
		`{"errcode":48001}`:           {Kind: "setup", Postponed: true, Elsewhere: true, RetryAfter: 5 * time.Minute},
		`{"errcode":40199}`:           {Kind: "permanent", Dead: true},
		`{"errcode":9300507}`:         {Kind: "permanent", Dead: true},
		`{"errcode":123456}`:          {Kind: "unknown", Refused: true},
	} {
		s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
		f.set(s.limits.path, answer)
		got := send(t, s, moved())
		if got.OK == (got.Failure != "") {
			t.Errorf("%s: %+v", answer, got)
		}
		if !got.OK && !strings.HasPrefix(got.Failure, s.limits.path) {
			t.Errorf("%s: %q", answer, got.Failure)
		}
		got.Failure = ""
		if got != want {
			t.Errorf("%s: %+v, want %+v", answer, got, want)
		}
	}
}

// Without an access token no call is made: the path waits, and says why.
func TestResultsOfToken(t *testing.T) {
	t.Parallel()
	for answer, wait := range map[string]time.Duration{`{"errcode":40125}`: setupWait, `{"errcode":40164}`: setupWait, `{"errcode":45009}`: quotaEvery} {
		s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
		f.set(tokenPath, answer)
		if r := send(t, s, moved()); !r.Postponed || r.RetryAfter != wait || !strings.HasPrefix(r.Failure, tokenPath) || r.Dead {
			t.Errorf("%s: %+v", answer, r)
		}
		if s.limits.usedUp() {
			t.Errorf("%s: the path's calls are called used up", answer)
		}
	}
}

// The same cause has the same text, so that it is logged once.
func TestLastingText(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{}
	for i := range 3 {
		s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
		f.set(s.limits.path, fmt.Sprintf(`{"errcode":40164,"errmsg":"invalid ip 10.1.2.3, not in whitelist rid: 6543%04d-12345678-12345678"}`, i))
		texts[send(t, s, moved()).Failure] = true
	}
	if len(texts) != 1 {
		t.Errorf("%v", texts)
	}
	for text := range texts {
		if !strings.Contains(text, "10.1.2.3") {
			t.Errorf("it does not say which address WeChat sees: %s", text)
		}
	}
}

// What is not to be told, or cannot be, makes no request.
func TestNothingIsCalled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		d    events.Delivery
		err  error
		want outbox.Result
	}{
		"of another account":      {scanned("gh_2", 200001, waybill.Collected, waybill.InTransit), nil, outbox.Result{OK: true, Kind: "not_ours"}},
		"before it was collected": {scanned("gh_1", 100003, waybill.Booked, waybill.Booked), nil, outbox.Result{OK: true, Kind: "kept_back"}},
		"cancelled before that":   {scanned("gh_1", 400001, waybill.Booked, waybill.Cancelled), nil, outbox.Result{OK: true, Kind: "kept_back"}},
		"without counterpart":     {scanned("gh_1", 90010, waybill.Collected, waybill.Collected), nil, outbox.Result{OK: true, Kind: "kept_back"}},
		"of another kind":         {written(event.Event{Kind: event.WaybillScanRefused, Account: "gh_1", Body: event.Body{ActionType: 200001, StatusBefore: "collected", Status: "in_transit"}}), nil, outbox.Result{OK: true, Kind: "kept_back"}},
		"not booked by WeChat":    {moved(), fmt.Errorf("read: %w", ledger.ErrNotFound), outbox.Result{OK: true, Kind: "not_wechats"}},
		"with an erased Token":    {moved(), fmt.Errorf("read: %w", event.ErrTokenErased), outbox.Result{Dead: true, Kind: "token_erased", Failure: "token_erased"}},
		"while the database is away": {moved(), fmt.Errorf("read: %w", errAway),
			outbox.Result{Postponed: true, Kind: "database", RetryAfter: time.Second, Failure: "what the call says could not be read from the database: the log has the cause"}},
		"whose row is odd": {moved(), errors.New("T-secret"),
			outbox.Result{Refused: true, Kind: "database", Failure: "what the call says could not be read from the database: the log has the cause"}},
		"that cannot be read": {events.Delivery{Stored: events.Stored{Body: []byte(`{"id":"evt_"}`)}}, nil,
			outbox.Result{Refused: true, Kind: "unreadable", Failure: "the event cannot be read by this server"}},
	} {
		s, f, _ := newSender(t, UpdatePath(&reader{node: node, err: tc.err}))
		tc.want.NoRequest = true
		if got := send(t, s, tc.d); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
		for _, call := range f.calls() {
			if !strings.HasPrefix(call, quotaPath) {
				t.Errorf("%s: it called %s", name, call)
			}
		}
	}
}

// Why something could not be read is logged once a minute, with the event's id.
func TestFailedReadIsLogged(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zap.InfoLevel)
	s, _, _ := newSender(t, UpdatePath(&reader{err: errors.New("no agent in row 7")}))
	s.Logger = zap.New(core)
	for range 10 {
		send(t, s, moved())
	}
	s.complain.Add(-complainEvery)
	send(t, s, moved())
	all, id := lines.All(), moved().ID.String()
	if len(all) != 2 || all[0].Message != "what a call says could not be read" || all[0].ContextMap()["error"] != "no agent in row 7" || all[0].ContextMap()["id"] != id {
		t.Errorf("it says %v", all)
	}
	s, _, _ = newSender(t, UpdatePath(&reader{err: context.Canceled})) // the server stops
	s.Logger = zap.New(core)
	if r := send(t, s, moved()); !r.Refused || lines.Len() != 2 {
		t.Errorf("%+v, it says %v", r, lines.All())
	}
}

// A node whose own text was erased is told all the same.
func TestErasedText(t *testing.T) {
	t.Parallel()
	s, f, _ := newSender(t, UpdatePath(&reader{node: node, err: fmt.Errorf("read: %w", event.ErrTextErased)}))
	f.set(s.limits.path, `{"errcode":0}`)
	if r := send(t, s, moved()); !r.OK || len(f.calls()) != 2 {
		t.Errorf("%+v", r)
	}
}

// Of a page the events are left that a call is made for; one query finds which waybills WeChat
// has booked, and without it nothing is passed over.
func TestSelect(t *testing.T) {
	t.Parallel()
	r := &reader{booked: map[string]bool{"W1": true}}
	s, _, _ := newSender(t, UpdatePath(r))
	other := written(event.Event{Kind: event.WaybillScanned, Account: "gh_1", Body: event.Body{WaybillID: "W2", ActionType: 200001, StatusBefore: "collected", Status: "in_transit"}})
	odd := events.Delivery{Stored: events.Stored{Position: 9, Body: []byte("{}")}}
	page := []events.Delivery{moved(), odd, scanned("gh_2", 200001, waybill.Collected, waybill.InTransit), other, scanned("gh_1", 100003, waybill.Booked, waybill.Booked), moved()}
	got, err := s.Select(t.Context(), slices.Clone(page))
	if err != nil || len(got) != 3 || got[0].ID != page[0].ID || got[1].Position != 9 || got[2].ID != page[5].ID || r.n != 1 {
		t.Errorf("%d are left, %v, after %d queries", len(got), err, r.n)
	}
	if got, err := s.Select(t.Context(), page[2:3]); err != nil || len(got) > 0 || r.n != 1 {
		t.Errorf("of another account: %d are left, %v, %d queries", len(got), err, r.n)
	}
	r.err = errors.New("the database is away")
	if _, err := s.Select(t.Context(), page); err == nil {
		t.Error("it is not known what WeChat has booked, and nothing is said")
	}
	all, _, _ := newSender(t, UpdateOrder(r, ""))
	changed := written(event.Event{Kind: event.OrderStatusChanged, Account: "gh_1"})
	if got, err := all.Select(t.Context(), []events.Delivery{changed, odd}); err != nil || len(got) != 2 {
		t.Errorf("%d are left, %v", len(got), err)
	}
}

// A test event shows whether WeChat takes calls; it reports nothing to WeChat.
func TestTestEvent(t *testing.T) {
	t.Parallel()
	s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
	d := written(event.Event{Kind: event.Test, Account: "gh_1"})
	if r := s.Send(t.Context(), &d, ""); !r.OK {
		t.Errorf("%+v", r)
	}
	if got := f.calls(); len(got) != 1 || !strings.HasPrefix(got[0], quotaPath) || !strings.Contains(got[0], s.limits.path) {
		t.Errorf("it called %q", got)
	}
	f.set(tokenPath, `{"errcode":40125}`)
	other, f, _ := newSender(t, UpdatePath(&reader{node: node}))
	f.set(tokenPath, `{"errcode":40125}`)
	if r := other.Send(t.Context(), &d, ""); r.OK || !strings.Contains(r.Failure, "AppSecret") || r.Postponed {
		t.Errorf("%+v", r)
	}
}

// No result has anything of a call or of a token.
func TestNothingShows(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"errcode":40199,"errmsg":"T-secret 13800000000 AT-secret"}`, `{"errcode":40164,"errmsg":"AT-secret"}`, `T-secret`, `{"errcode":7,"errmsg":"T-secret"}`} {
		s, f, _ := newSender(t, UpdatePath(&reader{node: node}))
		f.set(s.limits.path, answer)
		shown := fmt.Sprintf("%+v %+v %#v", send(t, s, moved()), s, *s)
		for _, secret := range []string{"secret", "13800000000", "hush"} {
			if strings.Contains(shown, secret) {
				t.Errorf("%s: it shows %s: %.300s", answer, secret, shown)
			}
		}
	}
}
