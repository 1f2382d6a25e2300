package instant_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// withAgent names the rider in a report, and when the goods are expected.
func withAgent(name string, minutes int) func(*delivery.StatusReport) {
	return func(r *delivery.StatusReport) {
		r.Agent = &delivery.Agent{Name: name, Phone: "138-" + name, PhoneEncrypted: name == "two"}
		r.ExpectedAt = instanttest.Start.Add(time.Duration(minutes) * time.Minute)
	}
}

// The rider and the expected time are stored with the step, in each query mode, and are
// none's where a report does not name them.
func TestStatusAgent(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
		d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 1, withAgent("张'三\\{}\"", 50)), delivery.Recorded, delivery.Assigned)
		d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 2, withAgent("two", 60)), delivery.Recorded, delivery.Assigned)
		d.WantVerdict(t, instanttest.Report("D", delivery.AtShop, 3), delivery.Recorded, delivery.AtShop)
		bad := instanttest.Report("D", delivery.PickedUp, 4)
		bad.Agent = &delivery.Agent{Name: "\xff\x00", Phone: "\x00"} // no API lets it in
		d.WantVerdict(t, bad, delivery.Recorded, delivery.PickedUp)
		h, _, _ := d.history(t, "D", 1)
		inUTC(&h)
		want := []delivery.Step{
			{}, // by the push
			{Agent: &delivery.Agent{Name: "张'三\\{}\"", Phone: "138-张'三\\{}\""}, ExpectedAt: instanttest.Start.Add(50 * time.Minute)},
			{Agent: &delivery.Agent{Name: "two", Phone: "138-two", PhoneEncrypted: true}, ExpectedAt: instanttest.Start.Add(time.Hour)},
			{},
			{Agent: &delivery.Agent{Name: "\ufffd\ufffd", Phone: "\ufffd"}},
		}
		for i, s := range h.Attempts[0].Steps {
			if !reflect.DeepEqual(s.Agent, want[i].Agent) || !s.ExpectedAt.Equal(want[i].ExpectedAt) {
				t.Errorf("%s: step %d has another rider or time: %v", mode, i, s.ExpectedAt)
			}
		}
		d.WantInt(t, 2, `SELECT count(*) FROM delivery_step WHERE agent IS NULL AND expected_at IS NULL`)
	}
}

// A report that differs in its rider or its expected time alone is the same report: the
// rider that was named first stays.
func TestStatusRepeatedWithAnotherAgent(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 1, withAgent("one", 50)), delivery.Recorded, delivery.Assigned)
	d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 1, withAgent("two", 60)), delivery.Repeated, delivery.Assigned)
	d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 1), delivery.Repeated, delivery.Assigned)
	got := d.Texts(t, `SELECT concat_ws(' ', agent ->> 'name', expected_at = $1) FROM delivery_step WHERE status = 102`, instanttest.Start.Add(50*time.Minute))
	if strings.Join(got, ", ") != "one t" {
		t.Errorf("the steps are %q", got)
	}
	d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 2, withAgent("two", 60)), delivery.Recorded, delivery.Assigned)
}

// What cannot be read shows nothing of itself.
func TestStatusAgentUnreadable(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Assigned, "D")
	d.Exec(t, `UPDATE delivery_step SET agent = '["13800000000"]' WHERE serial = 2`)
	_, _, _, err := d.History(t.Context(), "S", "D", 1)
	if err == nil || strings.Contains(err.Error(), "138") {
		t.Errorf("got %v", err)
	}
}

// Riders are erased with the messages, also where a step has the one and not the other; the
// time that was expected stays.
func TestEraseAgents(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	silent := func(r *delivery.StatusReport) { r.Message = "" }
	d.MustReport(t, instanttest.Report("D", delivery.Assigned, 1, withAgent("one", 50), silent))
	d.MustReport(t, instanttest.Report("D", delivery.Assigned, 2, withAgent("two", 60)))
	d.MustReport(t, instanttest.Report("D", delivery.Assigned, 3, withAgent("three", 70), silent))
	left := func() string {
		return d.Text(t, `SELECT string_agg(coalesce(agent ->> 'name', '-') || '/' || message, ' ' ORDER BY serial) FROM delivery_step WHERE expected_at IS NOT NULL`)
	}
	now := time.Now()
	d.Exec(t, `UPDATE delivery_step SET recorded_at = $1 WHERE serial IN (2, 3)`, now.Add(-time.Hour))
	storetest.Must(t, d.EraseMessages(t.Context(), now.Add(-2*time.Hour)))
	if got := left(); got != "one/ two/骑手张三 13800000000 three/" {
		t.Errorf("left are %q", got)
	}
	storetest.Must(t, d.EraseMessages(t.Context(), now.Add(-time.Minute)))
	if got := left(); got != "-/ -/ three/" {
		t.Errorf("left are %q", got)
	}
}
