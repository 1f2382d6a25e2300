package delivery

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/input"
)

func report() StatusReport {
	return StatusReport{ShopID: "S", OrderID: "O", WaybillID: "C1", Status: Assigned, At: now, Message: "骑手已接单", By: "dispatch"}
}

// A report is cleaned: ids and message trimmed, the time in whole seconds of UTC.
func TestNewReport(t *testing.T) {
	r := report()
	r.ShopID, r.OrderID, r.WaybillID, r.Message = " S ", "O\n", "\tC1", " 骑手\n\t已接单 "
	r.At = now.In(time.FixedZone("", 8*3600))
	want := report()
	want.Message, want.At = "骑手\n\t已接单", now.Truncate(time.Second)
	got, err := NewStatusReport(r)
	if err != nil || got != want {
		t.Errorf("%v; %v differ", err, differs(got, want))
	}
}

// Both sides of every edge of a report. What is wrong is named and not shown.
func TestReportEdges(t *testing.T) {
	texts := func(field string, at func(*StatusReport) *string, limit int) map[*error]map[string]func(*StatusReport) {
		set := func(s string) func(*StatusReport) { return func(r *StatusReport) { *at(r) = s } }
		list := map[*error]map[string]func(*StatusReport){
			nil:               {"longest " + field: set(x(limit)), field + " with space": set(" " + x(limit) + "\n"), "longest wide " + field: set(strings.Repeat("单", limit/3))},
			&input.ErrLong:    {"long " + field: set("zq" + x(limit-1)), "long wide " + field: set("zq" + strings.Repeat("单", limit/3+1))},
			&input.ErrControl: {field + " with NUL": set("zq\x00"), field + " with C1": set("zq\u0085."), field + " with escape": set("zq\x1b.")},
			&input.ErrNotUTF8: {field + " not UTF-8": set("zq\xff")},
			&input.ErrEmpty:   {"no " + field: set(""), "white space for " + field: set(" \t\u3000\n")},
		}
		if field == "action_msg" {
			list[nil]["no message"], list[nil]["message with lines"] = set(" "), set("a\r\n\tb")
			delete(list, &input.ErrEmpty)
		} else {
			list[&input.ErrControl][field+" with lines"] = set("zq\n.")
		}
		return list
	}
	at := func(t time.Time) func(*StatusReport) { return func(r *StatusReport) { r.At = t } }
	status := func(s Status) func(*StatusReport) { return func(r *StatusReport) { r.Status = s } }
	for field, list := range map[string]map[*error]map[string]func(*StatusReport){
		"shop_id":       texts("shop_id", func(r *StatusReport) *string { return &r.ShopID }, 128),
		"shop_order_id": texts("shop_order_id", func(r *StatusReport) *string { return &r.OrderID }, 128),
		"waybill_id":    texts("waybill_id", func(r *StatusReport) *string { return &r.WaybillID }, 128),
		"action_msg":    texts("action_msg", func(r *StatusReport) *string { return &r.Message }, 1024),
		"order_status": {
			nil:               {"first": status(101), "last": status(502)},
			&ErrStatusUnknown: {"none": status(0), "100": status(100), "104": status(104), "503": status(503), "negative": status(-101)},
		},
		"action_time": {
			nil: {"first second": at(time.Unix(1, 0)), "last second": at(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC))},
			&input.ErrTime: {
				"none": at(time.Time{}), "1970": at(time.Unix(0, 0)), "part of a second": at(time.Unix(0, 999_999_999)), "year 10000": at(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
				"milliseconds": at(time.Unix(now.UnixMilli(), 0)), "before": at(time.Unix(-1, 0)), "so late that it comes early": at(time.Unix(1<<63-1, 0)),
			},
		},
	} {
		for want, changes := range list {
			for name, change := range changes {
				r := report()
				change(&r)
				got, err := NewStatusReport(r)
				if want == nil {
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				var of *input.FieldError
				if !errors.As(err, &of) || of.Field != field || !errors.Is(err, *want) || got != (StatusReport{}) {
					t.Errorf("%s: %v, want %s: %v", name, err, field, *want)
					continue
				}
				if err.Error() != field+" "+(*want).Error() {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// FuzzReport: no report makes trouble, an error names a field and shows nothing,
// and what is accepted can be kept.
func FuzzReport(f *testing.F) {
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
		if len(r.Message) > 1024 || storable(oneLine.Replace(r.Message)) != "" || !r.Status.Valid() || r.At.Year() > 9999 || r.At.Nanosecond() != 0 {
			t.Fatalf("accepted %q at %s", r.Message, r.At)
		}
		again, err := NewStatusReport(r)
		if err != nil || again != r {
			t.Fatalf("a clean report is %v", err)
		}
	})
}
