package delivery

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/input/inputtest"
)

func statusReport() StatusReport {
	return StatusReport{ShopID: "S", OrderID: "O", WaybillID: "C1", Status: Assigned, At: now, Message: "骑手已接单", By: "dispatch"}
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
		"order_status": {statusCase(101, nil), statusCase(502, nil), statusCase(0, ErrStatusUnknown), statusCase(100, ErrStatusUnknown),
			statusCase(104, ErrStatusUnknown), statusCase(503, ErrStatusUnknown), statusCase(-101, ErrStatusUnknown)},
	})
}

func statusCase(s Status, err error) inputtest.Case[StatusReport] {
	set := func(r *StatusReport) { r.Status = s }
	return inputtest.Case[StatusReport]{Name: fmt.Sprint(int(s)), Change: set, Clean: set, Err: err}
}

// FuzzStatusReport: no report makes trouble, an error names a field and shows nothing,
// and what is accepted can be kept.
func FuzzStatusReport(f *testing.F) {
	f.Add("S", "O", "C1", 101, int64(1795341600), "a\nb")
	f.Add("", "\x00", "zq\xff", 0, int64(-1), "\x1b")
	f.Fuzz(func(t *testing.T, shopID, orderID, waybillID string, status int, seconds int64, message string) {
		r, err := NewStatusReport(StatusReport{ShopID: shopID, OrderID: orderID, WaybillID: waybillID, Status: Status(status), At: time.Unix(seconds, 0), Message: message})
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
		again, err := NewStatusReport(r)
		if err != nil || again != r {
			t.Fatalf("a clean report is %v", err)
		}
	})
}
