package sandbox_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// The record says of each call of a carrier's what it was about, when, and what came of it. A
// merchant's calls are not in it.
func TestCarrierCalls(t *testing.T) {
	t.Parallel()
	d, c := StartInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	d.Call(GetPath, CancelBody())
	d.WantCode(UpdatePath, PathBody("W1", 100001, 1533052800), 0)
	d.WantCode(UpdatePath, PathBody("W9", 100001, 1533052800), 40199)
	d.WantCode(UpdatePath, `{"waybill_id":7,"action_time":"then"}`, 47001)
	d.WantCode(UpdatePath, "", 44002)
	d.Call(ContactPath, ContactBody("W1"))
	d.WantCode(BusinessPath, BusinessBody("1"), 0)
	d.Call(PreviewPath, PreviewBody())
	d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken), 0)
	d.WantCode(QuotaGetPath, `{"cgi_path":"`+UpdatePath+`"}`, 0)
	d.WantCode(ClearQuotaPath, `{"appid":"wxABCD"}`, 0)
	d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, `{"grant_type":"client_credential","appid":"wxOther","secret":"`+sandbox.Secret+`"}`)
	d.Send(http.MethodPost, d.MerchantURL+UpdatePath+"?access_token=nobody's", PathBody("W1", 300003, 1533052801))
	d.Send(http.MethodGet, d.MerchantURL+UpdatePath, "")
	one := func(path, key string, node, at int64, code int) sandbox.CarrierCall {
		return sandbox.CarrierCall{Path: path, Account: "wxABCD", Key: key, Node: node, Time: at, ErrCode: code, Answered: sandbox.AnsweredWhole, Done: code == 0}
	}
	want := []sandbox.CarrierCall{
		one(UpdatePath, "W1", 100001, 1533052800, 0),
		one(UpdatePath, "W9", 100001, 1533052800, 40199),
		one(UpdatePath, "", 0, 0, 47001),
		one(UpdatePath, "", 0, 0, 44002),
		one(ContactPath, "W1", 0, 0, 0),
		one(BusinessPath, "wxABCD/xyz", 1, 0, 0),
		one(PreviewPath, "1234567890123", 0, 0, 0),
		one(StatusReportPath, ShopID+"/"+ShopOrderID, 102, 1638703215, 0),
		one(QuotaGetPath, UpdatePath, 0, 0, 0),
		one(ClearQuotaPath, "", 0, 0, 0),
		one(StableTokenPath, "", 0, 0, 0),
		one(UpdatePath, "W1", 300003, 1533052801, 40014),
	}
	want[10].Account, want[11].Account = "wxOther", ""
	for i := range want {
		want[i].N, want[i].At = i+1, time.Unix(0x6299e87e, 0).UTC()
	}
	got, keys := d.CarrierCalls("")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("call %d\n got %+v\nwant %+v", i+1, got[min(i, len(got)-1):], want[min(i, len(want)-1):])
		}
	}
	wantKeys := []sandbox.CarrierKey{
		{Path: UpdatePath, Account: "wxABCD", Key: "W1", Nodes: 1, InOrder: true},
		{Path: BusinessPath, Account: "wxABCD", Key: "wxABCD/xyz", Nodes: 1, InOrder: true},
		{Path: StatusReportPath, Account: "wxABCD", Key: ShopID + "/" + ShopOrderID, Nodes: 1, InOrder: true},
	}
	if !reflect.DeepEqual(keys, wantKeys) {
		t.Errorf("%+v", keys)
	}
	shown := d.Show("calls")
	for _, personal := range append([]string{Mobile, "派件", "token-W1", "wxToken", "审核"}, InstantSecrets...) {
		if strings.Contains(shown, personal) {
			t.Errorf("the record shows %s", personal)
		}
	}
	for query, n := range map[string]int{"?after=10": 2, "?key=W1": 3, "?path=" + UpdatePath: 5, "?path=" + UpdatePath + "&key=W1&after=2": 1, "?key=": 4} {
		if calls, _ := d.CarrierCalls(query); len(calls) != n {
			t.Errorf("%s: %d calls, want %d", query, len(calls), n)
		}
	}
	if status, _ := d.Exchange(http.MethodGet, d.ControlURL+"/calls?after=x", ""); status != http.StatusBadRequest {
		t.Errorf("after=x: %d", status)
	}
	d.Reset()
	if got := d.Show("calls"); got != `{"calls":[],"keys":[]}` {
		t.Errorf("after a reset: %s", got)
	}
}

// A node that comes again is a repeat, and only that: another time, another text and another
// waybill make another node. One that comes after a later one is late.
func TestCarrierRepeats(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for i, tt := range []struct {
		body         string
		code         int
		repeat, late bool
	}{
		{PathBody("W1", 100001, 1000), 0, false, false},
		{PathBody("W1", 100001, 1000, "token", `"wrong"`), 9300507, false, false},
		{PathBody("W1", 100001, 1000), 0, true, false},
		{PathBody("W1", 200001, 2000), 0, false, false},
		{PathBody("W1", 200001, 2000, "action_msg", `"another"`), 0, false, false},
		{PathBody("W1", 200001, 3000), 0, false, false},
		{PathBody("W2", 100001, 1000), 0, false, false},
		{PathBody("W1", 300002, 2999), 0, false, true},
		{PathBody("W1", 300002, 2999), 0, true, false},
		{PathBody("W1", 300003, 3000), 0, false, false},
	} {
		d.WantCode(UpdatePath, tt.body, tt.code)
		if c := d.LastCall(); c.Repeat != tt.repeat || c.Late != tt.late || c.Done != (tt.code == 0) {
			t.Errorf("call %d: %+v", i+1, c)
		}
	}
	_, keys := d.CarrierCalls("")
	if want := []sandbox.CarrierKey{{Path: UpdatePath, Account: "wxABCD", Key: "W1", Nodes: 6, Repeats: 2}, {Path: UpdatePath, Account: "wxABCD", Key: "W2", Nodes: 1, InOrder: true}}; !reflect.DeepEqual(keys, want) {
		t.Errorf("%+v", keys)
	}
	// A verdict has no time: it may come again once there was another.
	for i, tt := range []struct {
		result string
		repeat bool
	}{{"0", false}, {"0", true}, {"1", false}, {"0", false}, {"0", true}} {
		d.WantCode(BusinessPath, BusinessBody(tt.result), 0)
		if c := d.LastCall(); c.Repeat != tt.repeat || c.Late {
			t.Errorf("verdict %d: %+v", i+1, c)
		}
	}
}

// The record forgets the oldest calls, and goes on counting.
func TestCarrierCallsBounded(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for range 4 {
		d.WantCode(UpdatePath, PathBody("W1", 100001, 1000), 0)
	}
	d.FillCalls(10_000)
	d.WantCode(UpdatePath, PathBody("W1", 100001, 1000), 0)
	calls, keys := d.CarrierCalls("")
	if last := calls[len(calls)-1]; len(calls) != 10_000 || calls[0].N != 6 || last.N != 10_005 || last.Repeat {
		t.Errorf("%d calls from %d to %+v", len(calls), calls[0].N, last)
	}
	if len(keys) != 10_000 {
		t.Errorf("%d keys", len(keys))
	}
}

// What cannot be read is recorded without what it is about.
func TestCarrierBodies(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for _, body := range []string{strings.Repeat("x", 2<<20), "{", "[]", "null", `{"waybill_id":"` + strings.Repeat("W", 1<<10) + `"}`, "\xff"} {
		if got := d.Call(UpdatePath, body); d.Errcode(got) == 0 {
			t.Errorf("%.20q: %s", body, got)
		}
		if c := d.LastCall(); c.Key != "" || c.Done || c.Path != UpdatePath {
			t.Errorf("%.20q: %+v", body, c)
		}
	}
	if calls, keys := d.CarrierCalls(""); len(calls) != 6 || len(keys) != 0 {
		t.Errorf("%d calls of %d keys", len(calls), len(keys))
	}
}
