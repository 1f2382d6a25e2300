package event

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// What AppendJSON writes is read again, all of it.
func TestDecode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := Event{Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Account: rapid.String().Draw(t, "account"),
			Time: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC()}
		copy(e.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		fill(t, reflect.ValueOf(&e.Body).Elem())
		valid(reflect.ValueOf(&e).Elem())
		got, err := Decode(e.AppendJSON(nil))
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, %v, want %+v", got, err, e)
		}
	})
}

// valid takes from texts what no text in the database has.
func valid(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(strings.ToValidUTF8(f.String(), ""))
		case reflect.Struct:
			if f.Type() != reflect.TypeFor[time.Time]() {
				valid(f)
			}
		}
	}
}

// Nothing else is read: no other member, order, spelling or rest.
func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	good := (&Event{ID: NewID(WaybillScanned, "P", "cause"), Kind: WaybillScanned, Time: time.Unix(1796046764, 0), Account: "gh_1",
		Body: Body{WaybillID: "W1", ActionType: 100001, Source: Source{Token: "api"}}}).AppendJSON(nil)
	if _, err := Decode(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another member":  {`"waybill_id"`, `"tel"`},
		"one more member": {`"source":`, `"extra":1,"source":`},
		"another case":    {`"waybill_id"`, `"Waybill_ID"`},
		"twice":           {`"waybill_id":"W1"`, `"waybill_id":"W0","waybill_id":"W1"`},
		"an empty member": {`"waybill_id"`, `"biz_id":"","waybill_id"`},
		"a blank":         {`,"waybill_id"`, `, "waybill_id"`},
		"another type":    {`"action_type":100001`, `"action_type":"100001"`},
		"a short id":      {`evt_`, `evt_00`},
		"another prefix":  {`evt_`, `EVT_`},
		"no time":         {`"time":"2026-`, `"time":"never-`},
		"a rest":          {`}}`, `}}{}`},
		"a half":          {`}}`, `}`},
	} {
		body := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(body, good) {
			t.Fatalf("%s changes nothing", name)
		}
		if e, err := Decode(body); err == nil {
			t.Errorf("%s: read as %+v", name, e)
		}
	}
}

func FuzzDecode(f *testing.F) {
	bodies, err := os.ReadFile("testdata/bodies.golden")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(bodies) {
		f.Add(line[bytes.IndexByte(line, '{') : bytes.LastIndexByte(line, '}')+1])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Decode(body)
		if err != nil {
			return
		}
		if again := e.AppendJSON(nil); !bytes.Equal(again, body) || !utf8.Valid(body) {
			t.Errorf("read %q, written %q", body, again)
		}
	})
}
