package waybill

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/input/inputtest"
)

// scan is a valid scan, at a time from now.
func scan(a Action, from time.Duration) Scan {
	s, err := NewScan(Scan{WaybillID: "W", Action: a, At: now.Add(from), By: "depot"})
	if err != nil {
		panic(err)
	}
	return s
}

// recordedScan is a scan as it was recorded.
func recordedScan(s Scan) *RecordedScan {
	return &RecordedScan{Action: s.Action, At: s.At, Message: s.Message, Key: s.Key, RecordedAt: now, RecordedBy: s.By}
}

// Each field of a scan has its limits.
func TestNewScan(t *testing.T) {
	t.Parallel()
	good := func() Scan {
		return Scan{BizID: "B", WaybillID: "W", Action: Signing, At: now, Message: "m", Key: "k", By: "depot"}
	}
	inputtest.Check(t, NewScan, good, map[string][]inputtest.Case[Scan]{
		"waybill_id": append(inputtest.IDs(MaxID, func(s *Scan) *string { return &s.WaybillID }),
			inputtest.Case[Scan]{Name: "and others", Change: func(s *Scan) { *s = Scan{BizID: "\x00"} }, Err: input.ErrEmpty}),
		"biz_id":          inputtest.OptionalIDs(MaxID, func(s *Scan) *string { return &s.BizID }),
		"action_msg":      inputtest.Display(1024, func(s *Scan) *string { return &s.Message }),
		"idempotency_key": inputtest.OptionalIDs(MaxID, func(s *Scan) *string { return &s.Key }),
		"action_time": append(inputtest.Times(func(s *Scan) *time.Time { return &s.At }),
			inputtest.Case[Scan]{Name: "none", Change: func(s *Scan) { s.At = time.Time{} }, Err: input.ErrTime}),
		"action_type": {
			{Name: "none", Change: func(s *Scan) { s.Action = 0 }, Err: ErrActionUnknown},
			{Name: "unknown", Change: func(s *Scan) { s.Action = 100004 }, Err: ErrActionUnknown},
		},
	})
}

// A scan without a key gets one made of its content: the same for the same content, another
// for any other. Merchant, number and reporter are no part of it: a key is unique for one
// waybill only.
func TestOwnKeys(t *testing.T) {
	t.Parallel()
	base := Scan{WaybillID: "W", Action: 200001, At: now, Message: "1 到达"}
	key := func(change func(*Scan)) string {
		s := base
		change(&s)
		got, err := NewScan(s)
		if err != nil {
			t.Fatal(err)
		}
		if got.Key == "" || len(got.Key) > MaxID {
			t.Fatalf("the key is %q", got.Key)
		}
		return got.Key
	}
	want := key(func(*Scan) {})
	for name, same := range map[string]func(*Scan){
		"again":             func(*Scan) {},
		"merchant named":    func(s *Scan) { s.BizID = "B" },
		"other reporter":    func(s *Scan) { s.By = "van" },
		"another zone":      func(s *Scan) { s.At = s.At.In(time.FixedZone("Beijing", 8*3600)) },
		"part of a second":  func(s *Scan) { s.At = s.At.Add(time.Second - 1) },
		"white space":       func(s *Scan) { s.Message = "\n" + s.Message + " " },
		"white space a key": func(s *Scan) { s.Key = " \t" },
	} {
		if got := key(same); got != want {
			t.Errorf("%s: the key is %s, want %s", name, got, want)
		}
	}
	keys := map[string]string{want: "the first"}
	for name, other := range map[string]func(*Scan){
		"action":     func(s *Scan) { s.Action = 300001 },
		"time":       func(s *Scan) { s.At = s.At.Add(time.Second) },
		"message":    func(s *Scan) { s.Message = "1 到达." },
		"no message": func(s *Scan) { s.Message = "" },
		"digit of the time in the message": func(s *Scan) {
			s.At, s.Message = time.Unix(s.At.Unix()/10, 0), fmt.Sprint(s.At.Unix()%10)+s.Message
		},
		"digit of the time and a space": func(s *Scan) {
			s.At, s.Message = time.Unix(s.At.Unix()/10, 0), fmt.Sprint(s.At.Unix()%10)+" "+s.Message
		},
	} {
		got := key(other)
		if twin, twice := keys[got]; twice {
			t.Errorf("%s: the key is the one of %s", name, twin)
		}
		keys[got] = name
	}
	if got := key(func(s *Scan) { s.Key = " mine " }); got != "mine" {
		t.Errorf("a key that was given became %s", got)
	}
}

// FuzzNewScan: a scan is refused with the name of a field, or is clean: cleaning it again
// changes nothing, it is within the limits, and the rule can decide it.
func FuzzNewScan(f *testing.F) {
	f.Add("W", "B", 100001, now.Unix(), int64(0), "已揽件 13800000000", "k", "depot")
	f.Add(" W\n", "", 400001, int64(1), int64(999_999_999), "a\r\nb\t", " ", "")
	f.Add("W", "\xff", 300003, int64(input.LastSecond), int64(-1), "\xe5\x8d", "\x85", "x")
	f.Add("", "\x00", 0, int64(1<<63-1), int64(1<<63-1), "\u0085", "\u2028", "x")
	fields := []string{"waybill_id", "biz_id", "action_type", "action_time", "action_msg", "idempotency_key"}
	f.Fuzz(func(t *testing.T, number, bizID string, action int, seconds, nanos int64, message, key, by string) {
		s, err := NewScan(Scan{BizID: bizID, WaybillID: number, Action: Action(action), At: time.Unix(seconds, nanos), Message: message, Key: key, By: by})
		if err != nil {
			var field *input.FieldError
			if !errors.As(err, &field) || !slices.Contains(fields, field.Field) || s != (Scan{}) {
				t.Fatalf("%v", err)
			}
			return
		}
		if again, err := NewScan(s); err != nil || again != s {
			t.Fatalf("cleaned again it is another one: %v", err)
		}
		plain := strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(s.Message)
		if s.WaybillID == "" || s.Key == "" || input.CheckText(s.WaybillID, 128) != nil || input.CheckText(s.BizID, 128) != nil ||
			input.CheckText(s.Key, 128) != nil || len(s.Message) > 1024 || input.CheckText(plain, 1024) != nil {
			t.Fatalf("the texts are %q", []string{s.WaybillID, s.BizID, s.Key, s.Message})
		}
		if s.At.Nanosecond() != 0 || s.At.Year() < 1970 || s.At.Year() > 9999 || s.At.Location() != time.UTC {
			t.Fatalf("the time is %s", s.At)
		}
		w := in(Booked)
		w.ID, s.BizID = s.WaybillID, ""
		d := DecideScan(s, w, nil, now, now)
		if late := s.At.After(now.Add(input.ClockSkew)); late != (d.Verdict == InFuture) || !late && d.Verdict != Recorded {
			t.Fatalf("%s: %s", s.At, d.Verdict)
		}
		if got := DecideScan(s, &d.Waybill, recordedScan(s), now, now); d.Verdict == Recorded && got.Verdict != Repeated {
			t.Fatalf("and again: %s", got.Verdict)
		}
		lawful(t, &d.Waybill)
	})
}
