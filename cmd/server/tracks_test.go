package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"pgregory.net/rapid"
)

// tracks is WeChat as far as updatePath and updateOrder need it, and what it was told: the
// nodes of each waybill, and the statuses of each order, in the order in which they came.
type tracks struct {
	tb       testing.TB
	mu       sync.Mutex
	of       map[string][]nodeCall
	statuses map[string][]statusCall
	n        int
}

// startTracks is a server that calls such a WeChat.
func startTracks(t *testing.T, call string) (*tracks, *program) {
	t.Helper()
	wx := &tracks{tb: t, of: map[string][]nodeCall{}, statuses: map[string][]statusCall{}}
	s := httptest.NewServer(wx)
	t.Cleanup(s.Close)
	cfg := testConfig(withSamples(t), wechat.Plain)
	cfg.WeChat.Calls, cfg.WeChat.AppSecret, cfg.WeChat.APIURL, cfg.WeChat.WxaPath = []string{call}, "hush-hush", s.URL, "pages/o?s={shop_id}&o={shop_order_id}&w={waybill_id}"
	return wx, start(t, cfg)
}

// nodeCall is a call of updatePath.
type nodeCall struct {
	Token     string `json:"token"`
	WaybillID string `json:"waybill_id"`
	Time      int64  `json:"action_time"`
	Type      int    `json:"action_type"`
	Message   string `json:"action_msg"`
}

func (w *tracks) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	answer := `{"errcode":0,"errmsg":"ok"}`
	switch r.URL.Path {
	case "/cgi-bin/stable_token":
		answer = `{"access_token":"an-access-token","expires_in":7200}`
	case "/cgi-bin/openapi/quota/get":
		answer = `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":1000000,"used":1,"remain":999999},"rate_limit":{"call_count":1000000,"refresh_second":60}}`
	case "/cgi-bin/express/delivery/path/update":
		var n nodeCall
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			w.tb.Error(err)
		}
		w.mu.Lock()
		w.of[n.WaybillID] = append(w.of[n.WaybillID], n)
		w.n++
		w.mu.Unlock()
	case "/cgi-bin/express/local/delivery/update_order":
		var s statusCall
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			w.tb.Error(err)
		}
		w.mu.Lock()
		w.statuses[s.OrderID] = append(w.statuses[s.OrderID], s)
		w.n++
		w.mu.Unlock()
		answer = `{"resultcode":0,"resultmsg":"ok"}`
	default:
		w.tb.Errorf("called %s", r.URL.Path)
	}
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write([]byte(answer))
}

func (w *tracks) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.n
}

// wechatsNode is WeChat's action for each of ours; 0: it has none. implied is what a scan
// says of how far the parcel is.
var wechatsNode = map[int]int{
	90001: 0, 90002: 100003, 90003: 100003, 90010: 0, 90011: 0, 100001: 100001, 100002: 100002, 100003: 100003, 200001: 200001, 300001: 200001,
	300002: 300002, 300003: 300003, 300004: 300004, 300005: 300002, 300006: 300002, 300007: 300003, 400001: 400001, 400002: 400002, 400003: 200001,
	400004: 300004, 400005: 400002, 500001: 200001,
}

// collects are the actions after which the parcel is not with its merchant any more.
var collects = map[int]bool{
	100001: true, 200001: true, 300001: true, 300002: true, 300003: true, 300004: true, 300005: true, 300006: true, 300007: true, 400003: true, 400004: true,
}

// reported is a scan that is sent to the API.
type reported struct {
	Action  int
	Minute  int // of the first scan
	Message string
	Key     string
}

// aTrack draws the scans of a parcel: most of them as they come in life, and some early,
// late, twice or out of place.
var aTrack = rapid.Custom(func(t *rapid.T) []reported {
	usual := rapid.SampledFrom([]int{100003, 100003, 90002, 100001, 200001, 300002, 300003})
	odd := rapid.SampledFrom(slices.Sorted(maps.Keys(wechatsNode)))
	scan := rapid.Custom(func(t *rapid.T) reported {
		return reported{
			Action:  rapid.OneOf(usual, usual, odd).Draw(t, "action"),
			Minute:  rapid.IntRange(0, 5).Draw(t, "minute"),
			Message: rapid.SampledFrom([]string{"", "", "快件已到达广州", "快递员 13800000000"}).Draw(t, "message"),
			Key:     rapid.SampledFrom([]string{"", "", "k1", "k2"}).Draw(t, "key"),
		}
	})
	return rapid.SliceOfN(scan, 1, 14).Draw(t, "scans")
})

// What WeChat is told of a parcel are its scans that are recorded, each once and in their
// order, from the one on by which it was collected: of those before it nothing, and of a
// parcel that was never collected nothing at all.
func TestTracksAtWeChat(t *testing.T) {
	t.Parallel()
	const parcels = 80
	wx, p := startTracks(t, config.CallUpdatePath)
	api, platform := carrier{tb: t, p: p}, p.wechat(t, wechat.Plain, wechat.JSON)

	want := map[string][]nodeCall{}
	total := 0
	var mu sync.Mutex
	var all sync.WaitGroup
	at := time.Now().Add(-time.Hour).Unix()
	for i := range parcels {
		all.Go(func() {
			o := order(int64(1000+i), fmt.Sprint("track-", i))
			o.Token = fmt.Sprint("token-", i)
			id := book(t, platform, o).WayBillID
			nodes := followTrack(t, api, nodeCall{Token: o.Token, WaybillID: id}, at, aTrack.Example(i))
			mu.Lock()
			defer mu.Unlock()
			want[id] = nodes
			total += len(nodes)
		})
	}
	// One that WeChat has not booked.
	api.call(201, http.MethodPost, "/v1/waybills", `{"biz_id":"xyz","waybill_id":"OTHER1","order_id":"other-1"}`)
	followTrack(t, api, nodeCall{WaybillID: "OTHER1"}, at, []reported{{Action: 100001}, {Action: 200001}})
	all.Wait()
	if total < parcels || total > 12*parcels {
		t.Fatalf("%d nodes are expected of %d parcels: are the scans as they should be?", total, parcels)
	}
	waitDrained(t, api, func() bool { return wx.count() >= total })
	if len(wx.of["OTHER1"]) > 0 {
		t.Errorf("WeChat was told of a waybill that it has not booked: %v", wx.of["OTHER1"])
	}
	for id, nodes := range want {
		if got := wx.of[id]; !reflect.DeepEqual(got, nodes) && len(got)+len(nodes) > 0 {
			t.Errorf("of %s WeChat was told\n%v, want\n%v", id, got, nodes)
		}
	}
	if wx.count() != total {
		t.Errorf("WeChat was told of %d nodes, want %d", wx.count(), total)
	}
}

// followTrack reports the scans of a waybill, one after the other, and says which of them
// WeChat is to hear of: by what the answers say was recorded, and by the rule.
func followTrack(t *testing.T, api carrier, of nodeCall, at int64, scans []reported) (want []nodeCall) {
	collected := false
	for _, r := range scans {
		when := at + int64(60*r.Minute)
		body := `{"waybill_id":"` + of.WaybillID + `","action_type":` + strconv.Itoa(r.Action) + `,"action_time":` + strconv.FormatInt(when, 10)
		if r.Message != "" {
			body += `,"action_msg":"` + r.Message + `"`
		}
		if r.Key != "" {
			body += `,"idempotency_key":"` + r.Key + `"`
		}
		status, text, _ := fetch(t, http.MethodPost, "http://"+api.p.internal.String()+"/v1/scans", body+"}", http.Header{"Content-Type": {"application/json"}})
		if status >= 500 {
			t.Errorf("%s: %d %s", body, status, text)
		}
		if !strings.Contains(text, `"verdict":"recorded"`) {
			continue
		}
		collected = collected || collects[r.Action]
		to := wechatsNode[r.Action]
		if !collected || to == 0 {
			continue
		}
		n := of
		n.Time, n.Type, n.Message = when, to, r.Message
		if n.Message == "" {
			n.Message = waybill.PathMessage(waybill.Action(r.Action))
		}
		want = append(want, n)
	}
	return want
}

// waitDrained waits until something is done and the calls have nothing left to do, and
// nothing has died.
func waitDrained(t *testing.T, api carrier, done func() bool) {
	t.Helper()
	var left string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !done() {
			continue
		}
		_, text, _ := fetch(t, http.MethodGet, "http://"+api.p.internal.String()+"/v1/events/endpoints", "", nil)
		var all struct {
			Endpoints []struct {
				Name                    string
				Dead, Retrying, Waiting int
			}
		}
		must(t, json.Unmarshal([]byte(text), &all))
		if left = text; len(all.Endpoints) == 1 && all.Endpoints[0].Retrying+all.Endpoints[0].Waiting+all.Endpoints[0].Dead == 0 {
			return
		}
	}
	t.Errorf("there is something left: %s", left)
}
