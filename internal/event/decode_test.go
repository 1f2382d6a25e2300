package event

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What AppendJSON writes is read again, all of it, and written as it was.
func TestDecode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := Event{Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Account: rapid.String().Draw(t, "account"),
			Time: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC()}
		copy(e.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		fill(t, reflect.ValueOf(&e.Body).Elem())
		valid(reflect.ValueOf(&e).Elem())
		body := e.AppendJSON(nil)
		got, err := Decode(body)
		if err != nil || !reflect.DeepEqual(got, e) || !bytes.Equal(got.AppendJSON(nil), body) {
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

var scanned = (&Event{ID: NewID(WaybillScanned, "P", "cause"), Kind: WaybillScanned, Time: time.Unix(1796046764, 0), Account: "gh_1",
	Body: Body{WaybillID: "W1", ActionType: 100001, Source: Source{Token: "api"}}}).AppendJSON(nil)

// changed is an event's body with one text in place of another.
func changed(t *testing.T, from, to string) []byte {
	t.Helper()
	body := bytes.Replace(scanned, []byte(from), []byte(to), 1)
	if bytes.Equal(body, scanned) {
		t.Fatalf("%s is not in %s", from, scanned)
	}
	return body
}

// Servers of two versions read what the other one writes: members that are new, or not there
// yet, in any order.
func TestDecodeOtherVersions(t *testing.T) {
	t.Parallel()
	want, err := Decode(scanned)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a new member":         {`"source":`, `"weight":{"grams":[1,null]},"source":`},
		"one in an object":     {`"token":"api"`, `"token":"api","address":"10.0.0.1"`},
		"an empty member":      {`"waybill_id"`, `"biz_id":"","attempt":0,"result_code":null,"waybill_id"`},
		"another order":        {`"waybill_id":"W1","action_type":100001`, `"action_type":100001,"waybill_id":"W1"`},
		"a blank":              {`,"waybill_id"`, `, "waybill_id"`},
		"a letter by its code": {`gh_1`, `gh\u005f1`},
	} {
		got, err := Decode(changed(t, change[0], change[1]))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	want.Body.ActionType = 0
	if got, err := Decode(changed(t, `"action_type":100001,`, "")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("without a member: got %+v, %v", got, err)
	}
}

// What is no event is not read as one.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"another type":     {`"action_type":100001`, `"action_type":"100001"`},
		"a long id":        {`evt_`, `evt_00`},
		"a short id":       {scannedID, scannedID[:len(scannedID)-2]},
		"an id in capital": {scannedID, strings.ToUpper(scannedID)},
		"no id":            {`"id":`, `"none":`},
		"another prefix":   {`evt_`, `EVT_`},
		"no prefix":        {`evt_`, ``},
		"no kind":          {`"kind":`, `"none":`},
		"no moment":        {`"time":"2026-`, `"time":"never-`},
		"no time":          {`"time":`, `"none":`},
		"a rest":           {`}}`, `}}{}`},
		"a half":           {`}}`, `}`},
	} {
		if e, err := Decode(changed(t, change[0], change[1])); err == nil {
			t.Errorf("%s: read as %+v", name, e)
		}
	}
}

var scannedID = strings.TrimPrefix(NewID(WaybillScanned, "P", "cause").String(), "evt_")

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
		if e.Kind == "" || e.Time.IsZero() {
			t.Errorf("read %q as %+v", body, e)
		}
		if year := e.Time.UTC().Year(); year < 1 || year > 9999 {
			return // its zone has taken it there: no body says that
		}
		written := e.AppendJSON(nil)
		if again, err := Decode(written); err != nil || !bytes.Equal(again.AppendJSON(nil), written) {
			t.Errorf("read %q, written %q, read again %+v, %v", body, written, again, err)
		}
	})
}
