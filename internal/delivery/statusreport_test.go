package delivery

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"carrierhook/internal/input"
	"carrierhook/internal/input/inputtest"
)

func statusReport() StatusReport {
	return StatusReport{
		ShopID: "S", OrderID: "O", WaybillID: "C1", Status: Assigned, At: now, Message: "骑手已接单",
		Agent: &Agent{Name: "张三", Phone: "13800000000", PhoneEncrypted: true}, ExpectedAt: now.Add(time.Hour), By: "dispatch",
	}
}

// Each field of a status report has its limits.
func TestNewStatusReport(t *testing.T) {
	inputtest.Check(t, NewStatusReport, statusReport, map[string][]inputtest.Case[StatusReport]{
		"shop_id":       inputtest.IDs(128, func(r *StatusReport) *string { return &r.ShopID }),
		"shop_order_id": inputtest.IDs(128, func(r *StatusReport) *string { return &r.OrderID }),
		"waybill_id":    inputtest.IDs(128, func(r *StatusReport) *string { return &r.WaybillID }),
		"action_msg":    inputtest.Display(1024, func(r *StatusReport) *string { return &r.Message }),
		"action_time": append(inputtest.Times(func(r *StatusReport) *time.Time { return &r.At }),
			inputtest.Case[StatusReport]{Name: "none", Change: func(r *StatusReport) { r.At = time.Time{} }, Err: input.ErrTime}),
		"agent.name":  agentCases(256, func(a *Agent) *string { return &a.Name }),
		"agent.phone": agentCases(64, func(a *Agent) *string { return &a.Phone }),
		"agent":       {{Name: "none", Change: func(r *StatusReport) { r.Agent = nil }, Clean: func(r *StatusReport) { r.Agent = nil }}},
		"expected_delivery_time": append(inputtest.Times(func(r *StatusReport) *time.Time { return &r.ExpectedAt }),
			inputtest.Case[StatusReport]{Name: "none", Change: func(r *StatusReport) { r.ExpectedAt = time.Time{} }, Clean: func(r *StatusReport) { r.ExpectedAt = time.Time{} }}),
		"order_status": {statusCase(101, nil), statusCase(502, nil), statusCase(0, ErrStatusUnknown), statusCase(100, ErrStatusUnknown),
			statusCase(104, ErrStatusUnknown), statusCase(503, ErrStatusUnknown), statusCase(-101, ErrStatusUnknown)},
	})
}

func statusCase(s Status, err error) inputtest.Case[StatusReport] {
	set := func(r *StatusReport) { r.Status = s }
	return inputtest.Case[StatusReport]{Name: fmt.Sprint(int(s)), Change: set, Clean: set, Err: err}
}

// agentCases are the edges of one of an agent's texts, of at most so many characters.
func agentCases(limit int, at func(*Agent) *string) []inputtest.Case[StatusReport] {
	set := func(text string) func(*StatusReport) { return func(r *StatusReport) { *at(r.Agent) = text } }
	wide := strings.Repeat("单", limit)
	return []inputtest.Case[StatusReport]{
		{Name: "longest", Change: set(" " + wide + "\n"), Clean: set(wide)},
		{Name: "lines", Change: set("a\r\n\tb\x00"), Clean: set("a b")},
		{Name: "too long", Change: set(inputtest.Hidden + wide), Err: input.ErrLong},
		{Name: "far too long", Change: set(inputtest.Long(limit*4 + 1)), Err: input.ErrLong},
		{Name: "no UTF-8", Change: set(inputtest.Hidden + "\xff"), Err: input.ErrNotUTF8},
		{Name: "empty", Change: set(""), Err: input.ErrEmpty},
		{Name: "blank", Change: set(" \u3000\n\x00"), Err: input.ErrEmpty},
	}
}

// A report without an agent's name or telephone is refused, whatever else it says of the
// agent; what is read is not the caller's agent.
func TestStatusReportAgent(t *testing.T) {
	t.Parallel()
	r := statusReport()
	r.Agent = &Agent{PhoneEncrypted: true}
	if _, err := NewStatusReport(r); !errors.Is(err, input.ErrEmpty) {
		t.Errorf("got %v", err)
	}
	r.Agent = &Agent{Name: " a ", Phone: "1"}
	clean, err := NewStatusReport(r)
	if err != nil || r.Agent.Name != " a " || *clean.Agent != (Agent{Name: "a", Phone: "1"}) {
		t.Errorf("the agent is another one: %v", err)
	}
	r.Agent.PhoneEncrypted = true
	if clean, err = NewStatusReport(r); err != nil || !clean.Agent.PhoneEncrypted {
		t.Errorf("its number is not encrypted any more: %v", err)
	}
}

// Reports that differ in their agents or expected times alone are the same one.
func TestStatusReportCause(t *testing.T) {
	t.Parallel()
	r, other := statusReport(), statusReport()
	other.Agent, other.ExpectedAt = nil, time.Time{}
	if r.Cause() != other.Cause() {
		t.Error("the cause is another one")
	}
	other.Message += "。"
	if r.Cause() == other.Cause() {
		t.Error("another message has the same cause")
	}
}

// FuzzStatusReport: no report makes trouble, an error names a field and shows nothing,
// and what is accepted can be kept.
func FuzzStatusReport(f *testing.F) {
	f.Add("S", "O", "C1", 101, int64(1795341600), "a\nb", true, "c\nd", "1", int64(1795341600))
	f.Add("", "\x00", "zq\xff", 0, int64(-1), "\x1b", false, "", "", int64(0))
	f.Fuzz(func(t *testing.T, shopID, orderID, waybillID string, status int, seconds int64, message string, named bool, name, phone string, expected int64) {
		in := StatusReport{
			ShopID: shopID, OrderID: orderID, WaybillID: waybillID, Status: Status(status), At: time.Unix(seconds, 0), Message: message,
			ExpectedAt: time.Unix(expected, 0),
		}
		if named {
			in.Agent = &Agent{Name: name, Phone: phone}
		}
		r, err := NewStatusReport(in)
		if err != nil {
			var of *input.FieldError
			reasons := []error{input.ErrEmpty, input.ErrLong, input.ErrControl, input.ErrNotUTF8, ErrStatusUnknown, input.ErrTime}
			if !errors.As(err, &of) || !slices.Contains(reasons, of.Err) {
				t.Fatal(err)
			}
			return
		}
		for _, id := range []string{r.ShopID, r.OrderID, r.WaybillID} {
			if id == "" || len(id) > 128 || storable(id) != "" {
				t.Fatalf("accepted %q", id)
			}
		}
		if len(r.Message) > 1024 || storable(r.Message) != "" || !r.Status.Valid() || r.At.Year() > 9999 || r.At.Nanosecond() != 0 {
			t.Fatalf("accepted %q at %s", r.Message, r.At)
		}
		if a := r.Agent; (a != nil) != named || named && (a.Name == "" || a.Phone == "" || utf8.RuneCountInString(a.Name) > 256 ||
			utf8.RuneCountInString(a.Phone) > 64 || storable(a.Name) != "" || storable(a.Phone) != "") || r.ExpectedAt.Year() > 9999 {
			t.Fatalf("accepted %q, %q", name, phone)
		}
		again, err := NewStatusReport(r)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("a clean report is %v", err)
		}
	})
}
