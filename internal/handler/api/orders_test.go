package api_test

import (
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

// TestOrderHides: no answer shows the codes that goods are handed over for, the order's
// token at WeChat, or ids of pushes.
func TestOrderHides(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range s.placed("S1", "O1", delivery.CancelledEarly, delivery.Waiting).Attempts {
		a := &s.store.orders[[2]string{"S1", "O1"}].Attempts[i]
		a.CancelPush, a.TipPush, a.ReturnPush = [32]byte{0xab, 1}, [32]byte{0xab, 2}, [32]byte{0xab, 3}
	}
	answers := s.call(t, "GET", "/v1/delivery/orders/S1/O1", "").Body.String() +
		s.call(t, "POST", statusOf, statusText("D2", delivery.Assigned, 1795320000)).Body.String() +
		s.call(t, "POST", statusOf, statusText("D2", delivery.Delivered, 1795320000)).Body.String()
	if !strings.Contains(answers, "D2") {
		t.Fatalf("the answers are %s", answers)
	}
	for _, secret := range []string{wxToken, strconv.Itoa(finishCode), strconv.Itoa(pickupCode), "ab01", "ab02", "ab03"} {
		if strings.Contains(answers, secret) {
			t.Errorf("an answer shows %q: %s", secret, answers)
		}
	}
}

// TestCut: the answer says that the oldest scans or steps were left out.
func TestCut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for cut := range 2 {
		for target, member := range map[string]string{"/v1/waybills/M1/W1": "scans_cut", "/v1/delivery/orders/S1/O1": "steps_cut"} {
			if got := s.answers(t, 200, "GET", target, ""); (got[member] == true) != (cut == 1) {
				t.Errorf("%s is %v", member, got[member])
			}
		}
		s.store.scansCut, s.store.orders[[2]string{"S1", "O1"}].StepsCut = true, true
	}
}

// TestFees: amounts are whole fen; an attempt that the merchant cancelled has its fee,
// even 0, and its reason if there is one; the tip is the current one.
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

// TestPushesOfDeliveries: pushes of instant delivery are found by shop, order, waybill,
// event, reason and result, and have the texts of package delivery; other pushes have
// their own, though some reasons share a name.
func TestPushesOfDeliveries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	type kind struct{ event, reason, text string }
	kinds := []kind{{"transport_get_agent_pos", "not_offered", "not_offered"}}
	for _, r := range delivery.Reasons() {
		kinds = append(kinds, kind{"transport_readd_order", string(r), r.Text()})
	}
	for _, r := range waybill.Reasons() {
		kinds = append(kinds, kind{"cancel_waybill", string(r), r.Text()})
	}
	for i, k := range kinds {
		s.store.entries = append(s.store.entries, ledger.Entry{
			At: time.Now(), Serial: int64(i), Event: k.event, Format: "json", Mode: "plain", BizID: "S1", OrderID: "O1", WaybillID: "D1",
			ResultCode: new(i), Reason: k.reason,
		})
	}
	for i, k := range kinds {
		query := fmt.Sprintf("biz_id=S1&order_id=O1&waybill_id=D1&event=%s&reason=%s&result=%d", k.event, k.reason, i)
		found := s.answers(t, 200, "GET", "/v1/pushes?"+query, "")["pushes"].([]any)
		if len(found) != 1 || k.text == "" {
			t.Fatalf("%s finds %d", query, len(found))
		}
		if got := found[0].(map[string]any); got["words"] != k.text || got["reason"] != k.reason {
			t.Errorf("%v: %v", k, got)
		}
	}
	same := 0
	for _, r := range delivery.Reasons() {
		if of := waybill.Reason(r).Text(); of != string(r) && of != r.Text() {
			same++
		}
	}
	if same == 0 {
		t.Error("no name has two meanings, so nothing was tested")
	}
}

// TestOrderStatusesExplained: the document has every status and its text; docs/api.md
// has every verdict.
func TestOrderStatusesExplained(t *testing.T) {
	t.Parallel()
	var described strings.Builder
	described.WriteString("WeChat's order_status: ")
	for i, status := range delivery.Statuses() {
		if i > 0 {
			described.WriteString("; ")
		}
		fmt.Fprintf(&described, "%d %s", status, status.Text())
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
