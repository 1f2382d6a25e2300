package event

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Of each event AppendJSON writes what encoding/json makes of its fields.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := Event{Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Account: rapid.String().Draw(t, "account"),
			Time: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time"))}
		copy(e.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		fill(t, reflect.ValueOf(&e.Body).Elem())
		want, err := json.Marshal(struct {
			ID      string    `json:"id"`
			Kind    Kind      `json:"kind"`
			Time    time.Time `json:"time"`
			Account string    `json:"account"`
			*Body
		}{e.ID.String(), e.Kind, e.Time.UTC(), e.Account, &e.Body})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(e.AppendJSON([]byte("before"))); got != "before"+string(want) {
			t.Fatalf("got\n%s, want\n%s", got, want)
		}
	})
}

// fill draws each field: empty, plain or odd.
func fill(t *rapid.T, v reflect.Value) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		switch value := f.Addr().Interface().(type) {
		case *string:
			*value = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-z0-9 _.-]{1,40}`), rapid.String(), rapid.Just("\xff<&>\u2028"+`"\`)).Draw(t, name)
		case *int:
			*value = rapid.OneOf(rapid.Just(0), rapid.Int()).Draw(t, name)
		case *int64:
			*value = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64()).Draw(t, name)
		case **int:
			*value = rapid.Ptr(rapid.Int(), true).Draw(t, name)
		case **int64:
			*value = rapid.Ptr(rapid.Int64(), true).Draw(t, name)
		case **time.Time:
			if rapid.Bool().Draw(t, name) {
				at := time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, name)).UTC()
				*value = &at
			}
		case *Source:
			fill(t, f)
		default:
			t.Fatalf("%s: a field of type %T is not drawn", name, value)
		}
	}
}

// A plain event is written into the room that there is.
func TestAppendJSONAllocates(t *testing.T) {
	code := 0
	e := Event{Kind: WaybillCancelled, Time: time.Now(), Account: "gh_0123456789ab", Body: Body{
		BizID: "1000001", WaybillID: "700000000001", ResultCode: &code, Source: Source{Push: strings.Repeat("5a", 32)},
	}}
	room := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { e.AppendJSON(room) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
