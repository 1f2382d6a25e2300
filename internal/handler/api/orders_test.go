package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// isAny reads a JSON object.
func isAny(t testing.TB, body []byte) (got map[string]any) {
	t.Helper()
	must(t, json.Unmarshal(body, &got))
	return got
}

// TestOrderStory: an order's rider comes and gets nothing, it is placed again, and
// its second rider brings it; every attempt stays on record.
func TestOrderStory(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	record := s.placed("S1", "O1", delivery.Waiting)
	say := func(status int, waybillID string, told delivery.Status, at int64) {
		t.Helper()
		s.answers(t, status, "POST", statusOf, statusText(waybillID, told, at))
	}
	say(200, "D1", delivery.Assigned, 1795320000)
	say(200, "D1", delivery.AtShop, 1795320010)
	say(200, "D1", delivery.PickupFailedShop, 1795320020)
	say(200, "D1", delivery.PickupFailedShop, 1795320020)
	say(409, "D1", delivery.PickupFailedShop, 1795320021)
	second := record.Attempts[0]
	second.Attempt = delivery.Attempt{Number: 2, WaybillID: "D2", PlacedAt: s.store.now, ExpiresAt: s.store.now, Status: delivery.Waiting, StatusAt: s.store.now}
	second.Steps = nil
	record.Attempts = append(record.Attempts, second)
	say(409, "D1", delivery.CarrierFault, 1795320030)
	say(200, "D1", delivery.AtShop, 1795320010)
	for i, told := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.Delivering, delivery.Delivered} {
		say(200, "D2", told, 1795320040+int64(i))
	}
	var story []string
	for _, a := range s.answers(t, 200, "GET", "/v1/delivery/orders/S1/O1", "")["attempts"].([]any) {
		a := a.(map[string]any)
		line := fmt.Sprint(a["attempt"], a["waybill_id"], ":")
		for _, step := range a["steps"].([]any) {
			step := step.(map[string]any)
			line += fmt.Sprint(" ", step["order_status"])
			if step["recorded_by"] == "dispatch" && step["action_msg"] != message {
				t.Errorf("the step is %v", step)
			}
		}
		story = append(story, line+fmt.Sprint(" now ", a["order_status"]))
	}
	if want := []string{"1D1: 101 102 201 205 now 205", "2D2: 102 202 301 302 now 302"}; fmt.Sprint(story) != fmt.Sprint(want) {
		t.Errorf("the story is\n%q, want\n%q", story, want)
	}
}

// TestOrderHides: no answer shows the codes that goods are handed over for, or the
// token that speaks for the order at WeChat, or the pushes that changed it.
func TestOrderHides(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range s.placed("S1", "O1", delivery.CancelledEarly, delivery.Waiting).Attempts {
		a := &s.store.orders[[2]string{"S1", "O1"}].Attempts[i]
		a.CancelPush, a.TipPush, a.ReturnPush = [32]byte{0xab, 1}, [32]byte{0xab, 2}, [32]byte{0xab, 3}
	}
	said := s.call(t, "GET", "/v1/delivery/orders/S1/O1", "").Body.String() +
		s.call(t, "POST", statusOf, statusText("D2", delivery.Assigned, 1795320000)).Body.String() +
		s.call(t, "POST", statusOf, statusText("D2", delivery.Delivered, 1795320000)).Body.String()
	if !strings.Contains(said, "D2") {
		t.Fatalf("the answers are %s", said)
	}
	for _, secret := range []string{wxToken, strconv.Itoa(finishCode), strconv.Itoa(pickupCode), "ab01", "ab02", "ab03"} {
		if strings.Contains(said, secret) {
			t.Errorf("an answer shows %q: %s", secret, said)
		}
	}
}

// TestRefusedMessages: what a report says to the merchant is in no problem.
func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.placed("S1", "O1", delivery.Waiting)
	for body, status := range map[string]int{
		statusText("D1", delivery.Delivered, 1795320000): 409, statusText("D9", delivery.Assigned, 1795320000): 404, statusText("D1", 7, 1795320000): 422,
		statusText("D1", delivery.Assigned, 1999999999): 422, `{"action_msg":["` + message + `"]}`: 400, `{"action_msg":"` + message: 400,
		`{"waybill_id":"D1","order_status":102,"action_time":1,"action_msg":"` + strings.Repeat(message, 100) + `"}`: 422,
	} {
		if w := s.call(t, "POST", statusOf, body); w.Code != status || strings.Contains(w.Body.String(), "13800138000") {
			t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
		}
	}
}

// TestStepsCut: who reads an order whose steps were cut is told so.
func TestStepsCut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.placed("S1", "O1", delivery.Waiting).StepsCut = true
	if got := s.answers(t, 200, "GET", "/v1/delivery/orders/S1/O1", ""); got["steps_cut"] != true {
		t.Errorf("the order is %v", got)
	}
}

// TestFees: amounts are whole fen; what a cancel cost is there when the merchant
// cancelled, also when it was nothing, and why where he said so; the tip is the
// one of now.
func TestFees(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	attempts := s.placed("S1", "O1", delivery.CancelledEarly, delivery.CancelledEarly, delivery.Waiting).Attempts
	attempts[0].CancelPush = [32]byte{31: 1}
	attempts[1].CancelPush, attempts[1].Deducted, attempts[1].CancelReason = [32]byte{1}, 200, 6
	attempts[2].Tips, attempts[2].TipsNow = 100, 9_007_199_254_740_993
	w := s.call(t, "GET", "/v1/delivery/orders/S1/O1", "")
	got := isJSON(t, 200, w)["attempts"].([]any)
	for i, want := range []any{0.0, 200.0, nil} {
		a := got[i].(map[string]any)
		if fee, there := a["deduct_fee_fen"]; there != (want != nil) || fee != want {
			t.Errorf("attempt %d: deduct_fee_fen %v, want %v", i+1, a["deduct_fee_fen"], want)
		}
		if why, there := a["cancel_reason_id"]; there != (i == 1) || there && why != 6.0 {
			t.Errorf("attempt %d: cancel_reason_id %v", i+1, why)
		}
		if a["fee_fen"] != 800.0 || a["deliverfee_fen"] != 1050.0 || a["couponfee_fen"] != 250.0 || a["insurancefee_fen"] != 100.0 || a["distance"] != 3456.0 {
			t.Errorf("attempt %d: %v", i+1, a)
		}
	}
	if !strings.Contains(w.Body.String(), `"tips_fen":9007199254740993,`) {
		t.Errorf("the answer is %s", w.Body)
	}
}

// TestOrderPushes: a hundred pushes are shown, and the others are where the answer
// points to.
func TestOrderPushes(t *testing.T) {
	t.Parallel()
	const shopID, orderID, pushes = "S&1", "单/ +1", 250
	s := newServer(t)
	s.placed(shopID, orderID, delivery.Waiting)
	for i := range pushes {
		s.store.entries = append(s.store.entries, ledger.Entry{
			At: s.store.now.AddDate(0, 0, -i/10), Serial: int64(i), Event: "transport_query_order_status", Format: "xml", Mode: "plain",
			BizID: shopID, OrderID: orderID, WaybillID: []string{"", "D1"}[i%2], Reason: "accepted",
		}, ledger.Entry{At: s.store.now, Serial: int64(1000 + i), Event: "transport_add_order", Format: "xml", Mode: "plain", BizID: shopID, OrderID: "another"},
			ledger.Entry{At: s.store.now.AddDate(0, 0, -i/10), Serial: int64(2000 + i), Event: "e", Format: "xml", Mode: "plain", BizID: shopID, OrderID: orderID})
	}
	got := s.answers(t, 200, "GET", "/v1/delivery/orders/S&1/%E5%8D%95%2F%20+1", "")
	seen, next := got["pushes"].([]any), got["pushes_next"]
	if len(seen) != 100 || next == nil {
		t.Fatalf("%d pushes, and %v", len(seen), next)
	}
	for next != nil {
		got = s.answers(t, 200, "GET", next.(string), "")
		seen, next = append(seen, got["pushes"].([]any)...), got["next"]
	}
	if len(seen) != pushes {
		t.Errorf("%d pushes of %d", len(seen), pushes)
	}
	s.store.entries = s.store.entries[:150]
	if got := s.answers(t, 200, "GET", "/v1/delivery/orders/S&1/%E5%8D%95%2F%20+1", ""); got["pushes_next"] != nil || len(got["pushes"].([]any)) != 50 {
		t.Errorf("%d pushes, and %v", len(got["pushes"].([]any)), got["pushes_next"])
	}
}

// TestPushesOfDeliveries are found by shop, order, waybill, event, reason and
// result, and say their reason as package delivery does; those of other events say
// theirs, though some of the names are the same.
func TestPushesOfDeliveries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	add := func(event, reason string, result int) {
		s.store.entries = append(s.store.entries, ledger.Entry{
			At: time.Now(), Serial: int64(len(s.store.entries)), Event: event, Format: "json", Mode: "plain", BizID: "S1", OrderID: "O1", WaybillID: "D1",
			ResultCode: &result, Reason: reason,
		})
	}
	for i, r := range delivery.Reasons() {
		add("transport_readd_order", string(r), 1000+i)
	}
	add("transport_get_agent_pos", "not_offered", -1)
	for i, r := range waybill.Reasons() {
		add("cancel_waybill", string(r), 2000+i)
	}
	one := func(query string) map[string]any {
		t.Helper()
		found := s.answers(t, 200, "GET", "/v1/pushes?biz_id=S1&order_id=O1&waybill_id=D1&"+query, "")["pushes"].([]any)
		if len(found) != 1 {
			t.Fatalf("%s finds %d", query, len(found))
		}
		return found[0].(map[string]any)
	}
	for i, r := range delivery.Reasons() {
		got := one(fmt.Sprintf("event=transport_readd_order&reason=%s&result=%d", r, 1000+i))
		if got["words"] != r.Words() || got["reason"] != string(r) || r.Words() == "" {
			t.Errorf("%s: %v", r, got)
		}
	}
	for i, r := range waybill.Reasons() {
		if got := one(fmt.Sprintf("event=cancel_waybill&reason=%s&result=%d", r, 2000+i)); got["words"] != r.Words() {
			t.Errorf("%s: %v", r, got)
		}
	}
	if got := one("event=transport_get_agent_pos&reason=not_offered&result=-1"); got["words"] != "not_offered" {
		t.Errorf("%v", got)
	}
	same := 0
	for _, r := range delivery.Reasons() {
		if of := waybill.Reason(r).Words(); of != string(r) && of != r.Words() {
			same++
		}
	}
	if same == 0 {
		t.Error("no name has two meanings, so nothing was tested")
	}
}

// TestOrderStatusesExplained: the description of the API has every status and what it
// says; docs/api.md has every verdict.
func TestOrderStatusesExplained(t *testing.T) {
	t.Parallel()
	var described strings.Builder
	described.WriteString("WeChat's order_status: ")
	for i, status := range delivery.Statuses() {
		if i > 0 {
			described.WriteString("; ")
		}
		fmt.Fprintf(&described, "%d %s", status, status.Words())
	}
	if got, _ := theDocument.at("components", "schemas", "OrderStatus", "description"); got != described.String()+"." {
		t.Errorf("described as\n%v\nwant\n%s.", got, described.String())
	}
	page, err := os.ReadFile("../../../docs/api.md")
	must(t, err)
	for _, v := range delivery.Verdicts() {
		row := regexp.MustCompile("(?m)^\\| `" + string(v) + "` \\| (\\d+) \\|").FindSubmatch(page)
		if row == nil {
			t.Errorf("docs/api.md does not explain %s", v)
		}
	}
}
