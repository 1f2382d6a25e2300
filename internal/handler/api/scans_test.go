package api_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// list is a body with scans.
func list(scans ...string) string { return "[" + strings.Join(scans, ",") + "]" }

// scanOf is a scan of a waybill.
func scanOf(id string, action int) string {
	return fmt.Sprintf(`{"waybill_id":%q,"action_type":%d,"action_time":1795320000,"action_msg":%q}`, id, action, message)
}

// results are what the answer to a list has.
func results(t testing.TB, answer map[string]any) (all []map[string]any) {
	t.Helper()
	for _, r := range answer["results"].([]any) {
		all = append(all, r.(map[string]any))
	}
	return all
}

// TestListOfScans: each scan of a list has its own result, in the list's order, and is
// counted; refusals of cancelled and signed waybills are logged.
func TestListOfScans(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 5 {
		s.booked("M1", fmt.Sprint("W", i))
	}
	s.store.waybills["W3"].Status, s.store.waybills["W3"].CancelledAt = waybill.Cancelled, s.store.now
	s.store.waybills["W4"].Status, s.store.waybills["W4"].SignedAt = waybill.Signed, s.store.now
	got := results(t, s.answers(t, http.StatusOK, "POST", "/v1/scans", list(
		scanOf("W0", 100001), scanOf("W3", 100001), scanOf("none", 100001), scanOf("W1", 300002), scanOf("W4", 400001),
		scanOf("W0", 100001), scanOf("W1", 7), scanOf(" W1 ", 100001),
	)))
	want := []string{
		"200 recorded collected", "409 waybill_cancelled cancelled", "404 unknown_waybill <nil>", "200 recorded out_for_delivery",
		"409 waybill_signed signed", "200 repeated collected", "422 invalid <nil>", "200 recorded out_for_delivery",
	}
	for i, r := range got {
		verdict, ok := r["verdict"]
		if !ok {
			verdict = strings.TrimPrefix(r["type"].(string), "urn:carrierhook:problem:")
		}
		if text := fmt.Sprint(r["status"], verdict, r["state"]); strings.ReplaceAll(text, " ", "") != strings.ReplaceAll(want[i], " ", "") {
			t.Errorf("scan %d: %s, want %s", i, text, want[i])
		}
	}
	for verdict, n := range map[string]float64{
		"recorded": 3, "repeated": 1, "waybill_cancelled": 1, "waybill_signed": 1, "unknown_waybill": 1, "invalid": 1,
	} {
		s.counted(t, n, "carrierhook_scans_total", verdict)
		if line := s.lines("api")[0]["scans"].(map[string]any); line[verdict] != int64(n) {
			t.Errorf("the log says %v of %s", line, verdict)
		}
	}
	refused := s.lines("scan refused")
	slices.SortFunc(refused, func(a, b map[string]any) int { return cmp.Compare(a["waybill_id"].(string), b["waybill_id"].(string)) })
	if want := []map[string]any{
		{"verdict": "waybill_cancelled", "biz_id": "M1", "waybill_id": "W3", "action_type": int64(100001), "by": "dispatch"},
		{"verdict": "waybill_signed", "biz_id": "M1", "waybill_id": "W4", "action_type": int64(400001), "by": "dispatch"},
	}; !reflect.DeepEqual(refused, want) {
		t.Errorf("the log has %v, want %v", refused, want)
	}
}

// TestOneWaybillInOrder: the scans of one waybill reach the store one after the other
// in the list's order, those of other waybills meanwhile.
func TestOneWaybillInOrder(t *testing.T) {
	t.Parallel()
	const waybills, each = 20, 50
	s := newServer(t)
	var scans []string
	for j := range each {
		for i := range waybills {
			id := fmt.Sprint("W", i)
			s.booked("M1", id)
			scans = append(scans, fmt.Sprintf(`{"waybill_id":%q,"action_type":200001,"action_time":%d}`, strings.Repeat(" ", j%2)+id, 1795320000-j))
		}
	}
	for i, r := range results(t, s.answers(t, http.StatusOK, "POST", "/v1/scans", list(scans...))) {
		if r["verdict"] != "recorded" || r["waybill_id"] != fmt.Sprint("W", i%waybills) {
			t.Fatalf("scan %d: %v", i, r)
		}
	}
	last := map[string]int64{}
	for _, r := range callsOf[waybill.Scan](s) {
		if at, seen := last[r.WaybillID]; seen && r.At.Unix() != at-1 {
			t.Fatalf("of %s, %d came after %d", r.WaybillID, r.At.Unix(), at)
		}
		last[r.WaybillID] = r.At.Unix()
	}
}

// TestTogether: the scans of a list's waybills reach the store at the same time, so
// that one batch can take them; the second scan of a waybill only after the first was
// answered.
func TestTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, l := lock(t, func(string) bool { return true }, nothing)
		var scans []string
		for i := range 1000 {
			id := fmt.Sprint("W", i/2)
			s.booked("M1", id)
			scans = append(scans, scanOf(id, []int{100001, 200001}[i%2]))
		}
		done := make(chan int)
		go func() { done <- s.call(t, "POST", "/v1/scans", list(scans...)).Code }()
		l.waits(t, 500)
		close(l.gate)
		if status := <-done; status != http.StatusOK || l.highest > 500 {
			t.Errorf("status %d, %d at a time", status, l.highest)
		}
	})
}

// TestScansFailAlone: a scan that fails does not affect the others of the list.
func TestScansFailAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 4 {
		s.booked("M1", fmt.Sprint("W", i))
	}
	s.store.before = func(_ context.Context, call any) error {
		return map[string]func() error{
			"W0": func() error { return nil },
			"W1": func() error { panic(message) },
			"W2": func() error { return ledger.ErrOutcomeUnknown },
			"W3": func() error { return errors.New("down") },
		}[call.(waybill.Scan).WaybillID]()
	}
	got := results(t, s.answers(t, http.StatusOK, "POST", "/v1/scans", list(
		scanOf("W0", 100001), scanOf("W1", 100001), scanOf("W2", 100001), scanOf("W3", 100001), scanOf("W1", 200001),
	)))
	for i, want := range []string{"200 <nil> recorded", "500 <nil> <nil>", "503 unknown <nil>", "503 nothing <nil>", "500 <nil> <nil>"} {
		if text := fmt.Sprint(got[i]["status"], " ", got[i]["kept"], " ", got[i]["verdict"]); text != want {
			t.Errorf("scan %d: %s, want %s", i, text, want)
		}
	}
	for verdict, n := range map[string]float64{"recorded": 1, "internal": 2, "unavailable": 2} {
		s.counted(t, n, "carrierhook_scans_total", verdict)
	}
	if n := len(s.lines("scan failed")); n != 2 {
		t.Errorf("%d lines of failed scans", n)
	}
}

// TestFailuresAreSampled: while the store fails, the log has a few lines a second and
// not one for each scan.
func TestFailuresAreSampled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const logged = 10 + 1 // and of those after them each thousandth
		s := newServer(t)
		s.store.before = func(context.Context, any) error { return errors.New("down") }
		var scans []string
		for i := range 1000 {
			scans = append(scans, scanOf(fmt.Sprint("W", i), 100001))
		}
		for second := range 2 {
			s.answers(t, http.StatusOK, "POST", "/v1/scans", list(scans...))
			s.answers(t, http.StatusOK, "POST", "/v1/scans", list(scans[:10]...))
			if n := len(s.lines("scan failed")); n != (second+1)*logged {
				t.Errorf("%d lines of failed scans after %d seconds with 1010", n, second+1)
			}
			s.counted(t, float64(second+1)*1010, "carrierhook_scans_total", "unavailable")
			time.Sleep(time.Second)
		}
	})
}

// TestScansLimit: 1,000 scans are taken, one more is not.
func TestScansLimit(t *testing.T) {
	t.Parallel()
	for n, status := range map[int]int{1: 200, 1000: 200, 1001: 422} {
		s := newServer(t)
		scans := make([]string, n)
		for i := range scans {
			scans[i] = scanOf("W1", 100001)
		}
		if w := s.call(t, "POST", "/v1/scans", list(scans...)); w.Code != status {
			t.Errorf("%d scans: status %d, want %d", n, w.Code, status)
		}
		if status != 200 && len(callsOf[waybill.Scan](s)) > 0 {
			t.Error("a part was recorded")
		}
	}
}

// TestMalformedScanRefusesTheList: the whole list is read before anything is recorded.
func TestMalformedScanRefusesTheList(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`7`, `{"x":1}`, `{"waybill_id":7}`, `[]`} {
		s := newServer(t)
		p := isProblem(t, http.StatusBadRequest, "malformed", s.call(t, "POST", "/v1/scans", list(scanOf("W1", 100001), bad)))
		if !strings.HasPrefix(p["detail"].(string), "scan 1: ") {
			t.Errorf("%s: %v", bad, p["detail"])
		}
		if len(callsOf[waybill.Scan](s)) > 0 {
			t.Errorf("%s: a part was recorded", bad)
		}
	}
}

// TestFailedScanStopsLaterOnes: a later scan of the same waybill is not tried after one
// that has to be sent again, which would be refused then. Other waybills go on.
func TestFailedScanStopsLaterOnes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.booked("M2", "W2")
	s.store.before = func(_ context.Context, call any) error {
		if scan, ok := call.(waybill.Scan); ok && scan.Action == waybill.Collecting {
			return errors.New("the connection was lost")
		}
		return nil
	}
	got := results(t, s.answers(t, 200, "POST", "/v1/scans", list(
		scanOf("W1", 100003), scanOf("W1", 100001), scanOf("W2", 400001), scanOf("W1", 400001))))
	for i, want := range []float64{200, 503, 200, 503} {
		if r := got[i]; r["status"] != want || want == 503 && r["kept"] != "nothing" {
			t.Errorf("scan %d: %v", i, r)
		}
	}
	if w := s.answers(t, 200, "GET", "/v1/waybills/M1/W1", ""); w["state"] != "booked" || len(w["scans"].([]any)) != 1 {
		t.Errorf("the waybill is %v", w)
	}
}
