package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

const (
	updatePathPath  = "/cgi-bin/express/delivery/path/update"
	updateOrderPath = "/cgi-bin/express/local/delivery/update_order"
)

// round is what happens in a part of a life, and what goes wrong with the calls about it.
type round struct {
	fault    sandbox.CallFault
	scans    [][2]int // actions, and WeChat's for each; 0: it is not to hear of it
	statuses []int
}

var rounds = []round{
	{sandbox.CallCut, [][2]int{{100003, 0}, {100001, 100001}, {200001, 200001}}, []int{102, 102}},
	{sandbox.CallUnanswered, [][2]int{{300001, 200001}, {200001, 200001}}, []int{101, 102}},
	{"", [][2]int{{300002, 300002}, {300004, 300004}}, []int{201, 102}},
	{sandbox.CallBusy, [][2]int{{400005, 400002}, {90010, 0}, {300005, 300002}}, []int{201}},
	{sandbox.CallBadGateway, [][2]int{{300006, 300002}, {400002, 400002}}, []int{202}},
	{sandbox.CallPage, [][2]int{{300002, 300002}, {300003, 300003}}, []int{301, 302}},
}

const (
	killIn   = 2 // the round in which a server is killed
	faulty   = 3 // calls that go wrong, of each path and round
	killWhen = 8 // so many calls of the round have come
)

// revokedIn are the rounds at whose start all tokens are revoked.
var revokedIn = map[int]bool{1: true, 4: true}

// calledLife is a carrier with two servers that call WeChat, and what it has reported.
type calledLife struct {
	*testing.T
	*playedBox
	db      storetest.Database
	servers [2]*program
	restart func()
	kill    func()
	began   time.Time

	mu     sync.Mutex
	want   map[string][]sandboxtest.Node // by the key of the calls
	killed killed
}

// killed says what a server had been answered and not written down when it was killed: some
// nodes of the first n calls, by their keys.
type killed struct {
	n         int
	unwritten map[string][]int64
}

// lost tells whether the answer to a call may be lost with the server.
func (k killed) lost(c sandbox.CarrierCall) bool {
	return c.N <= k.n && slices.Contains(k.unwritten[c.Key], c.Node)
}

// A life of many parcels and orders, whose calls go wrong in every way, while a server is
// killed and all tokens are revoked twice: each node is seen at WeChat, in order, and twice
// only where its answer was lost.
func TestCalledLife(t *testing.T) {
	t.Parallel()
	calledLives(t, 20, 10, rounds)
}

// calledLives lives the rounds with so many parcels and orders.
func calledLives(t *testing.T, parcelCount, orderCount int, rounds []round) {
	t.Helper()
	l := newCalledLife(t)
	parcels, orders := map[string]string{}, map[string]string{}
	for i := range parcelCount {
		id := fmt.Sprint("called-", i)
		parcels[id] = life{T: t, playedBox: l.playedBox}.booked(id)
	}
	for i := range orderCount {
		id := fmt.Sprint("called-meal-", i)
		orders[id] = l.placed(id)
	}
	kept := life{T: t, playedBox: l.playedBox}.booked("called-kept")
	for i, round := range rounds {
		if revokedIn[i] {
			callSandbox(t, http.MethodPost, "http://"+l.control.Addr().String()+"/tokens/revoke", "")
		}
		l.spoil(round.fault, updatePathPath)
		before := len(l.calls())
		var all sync.WaitGroup
		for _, number := range parcels {
			all.Go(func() {
				for j, scan := range round.scans {
					l.scanned(number, scan[0], scan[1], i*10+j)
				}
			})
		}
		if i == killIn {
			l.killAfter(before + killWhen)
		}
		all.Wait()
		l.spoiled(i)
		l.spoil(round.fault, updateOrderPath)
		for id, number := range orders {
			all.Go(func() {
				for j, status := range round.statuses {
					l.reported(id, number, status, i*10+j)
				}
			})
		}
		all.Wait()
		l.spoiled(i)
	}
	// Nobody has this parcel yet, so its merchant can still cancel it.
	l.scanned(kept, 100003, 0, 0)
	l.drained()
	life{T: t, playedBox: l.playedBox}.cancels("called-kept", kept, "0")
	life{T: t, playedBox: l.playedBox}.cancels("called-1", parcels["called-1"], "9300506")
	calls := l.calls()
	for key, want := range l.want {
		for _, wrong := range sandboxtest.CheckNodes(key, want, calls, l.killed.lost) {
			t.Error(wrong)
		}
	}
	tokens, refused, repeats := 0, 0, 0
	for _, c := range calls {
		if c.Repeat {
			repeats++
		}
		switch {
		case c.Path == "/cgi-bin/stable_token":
			tokens++
		case c.ErrCode == 40001:
			refused++
		case l.want[c.Key] == nil && (c.Path == updatePathPath || c.Path == updateOrderPath):
			t.Errorf("a call about nothing that was reported: %+v", c)
		}
	}
	if refused < len(revokedIn) || tokens > 1+len(revokedIn) { // the servers share them
		t.Errorf("%d tokens were refused, and %d given", refused, tokens)
	}
	if repeats == 0 {
		t.Error("nothing came again, and answers were lost")
	}
	l.db.WantInt(t, 0, `SELECT count(*) FROM event_dead`)
	t.Logf("%d calls, %d of them repeats, %d tokens given and %d refused", len(calls), repeats, tokens, refused)
}

// newCalledLife starts two servers, the first of which sends all events at first.
func newCalledLife(t *testing.T) *calledLife {
	t.Helper()
	url := withSamples(t)
	l := &calledLife{T: t, db: storetest.OpenDatabase(t, url), began: time.Now().Add(-time.Hour), want: map[string][]sandboxtest.Node{}}
	pushed := start(t, testConfig(url, wechat.Secure)) // it gets the pushes, and sends no events
	l.playedBox = playWeChat(t, pushed, wechat.Secure, wechat.JSON, nil)
	secret := filepath.Join(t.TempDir(), "appsecret")
	must(t, os.WriteFile(secret, []byte(sandbox.Secret), 0o600))
	env := []string{
		"CARRIERHOOK_WECHAT_API_URL=http://" + l.merchant.Addr().String(), "CARRIERHOOK_WECHAT_APP_SECRET_FILE=" + secret,
		"CARRIERHOOK_WECHAT_CALLS=updatePath,updateOrder", "CARRIERHOOK_WECHAT_WXA_PATH=pages/order?id={shop_order_id}",
		"CARRIERHOOK_DELIVERY_KEY=" + demo.DeliveryKey,
	}
	cmd, p := serving(t, url, env...)
	l.servers[0] = p
	storetest.Until(t, "it has all leases", func() bool {
		return l.db.Int(t, `SELECT count(*) FROM event_endpoint WHERE leased_by IS NOT NULL`) == 2
	})
	_, l.servers[1] = serving(t, url, env...)
	l.kill = func() {
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
	}
	l.restart = func() {
		_, p := serving(t, url, env...)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.servers[0] = p
	}
	return l
}

// placed places an order of instant delivery, and gives its waybill.
func (l *calledLife) placed(id string) string {
	l.Helper()
	_, a := l.instant(0, "add", reorder(l, func(m map[string]any) {
		m["shopid"], m["shop_order_id"], m["delivery_token"] = demo.ShopID, id, ""
		m["delivery_sign"] = signOf(m, id)
	}))
	return a.WaybillID
}

// at is when the nth thing of a life happens.
func (l *calledLife) at(n int) int64 { return l.began.Unix() + int64(n) }

// scanned reports a scan, as node of which WeChat is to hear, at whichever server is there.
func (l *calledLife) scanned(number string, action, node, n int) {
	l.report("/v1/scans", fmt.Sprintf(`{"waybill_id":%q,"action_type":%d,"action_time":%d,"action_msg":"快递员 %s"}`, number, action, l.at(n), courier), n)
	l.wants(number, node, n)
}

// reported reports a status.
func (l *calledLife) reported(id, number string, status, n int) {
	agent := ""
	if status == 102 {
		agent = fmt.Sprintf(`,"agent":{"name":"骑手","phone":%q}`, courier)
	}
	l.report("/v1/delivery/orders/"+demo.ShopID+"/"+id+"/status",
		fmt.Sprintf(`{"waybill_id":%q,"order_status":%d,"action_time":%d%s}`, number, status, l.at(n), agent), n)
	l.wants(demo.ShopID+"/"+id, status, n)
}

func (l *calledLife) wants(key string, node, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.want[key] == nil {
		l.want[key] = []sandboxtest.Node{}
	}
	if node != 0 {
		l.want[key] = append(l.want[key], sandboxtest.Node{Type: int64(node), Time: l.at(n)})
	}
}

// report repeats a report until a server takes it.
func (l *calledLife) report(path, body string, n int) {
	for begun := time.Now(); time.Since(begun) < patience; n++ {
		l.mu.Lock()
		to := l.servers[n%2]
		l.mu.Unlock()
		res, err := http.Post("http://"+to.internal.String()+path, "application/json", strings.NewReader(body))
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			l.Errorf("%s %s: HTTP %d", path, body, res.StatusCode)
		}
		return
	}
	l.Errorf("%s: no server took it", path)
}

func (l *calledLife) calls() []sandbox.CarrierCall {
	var got struct{ Calls []sandbox.CarrierCall }
	_, text, _ := fetch(l, http.MethodGet, "http://"+l.control.Addr().String()+"/calls", "", nil)
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		l.Error(err)
	}
	return got.Calls
}

// spoil has the next calls of a path go wrong.
func (l *calledLife) spoil(f sandbox.CallFault, path string) {
	l.Helper()
	if f != "" {
		callSandbox(l, http.MethodPut, "http://"+l.control.Addr().String()+"/calls/fault", fmt.Sprintf(`{"fault":%q,"path":%q,"calls":%d}`, f, path, faulty))
	}
}

// spoiled waits until all that was reported has been called for, of which some went wrong.
func (l *calledLife) spoiled(round int) {
	l.Helper()
	l.drained()
	_, text, _ := fetch(l, http.MethodGet, "http://"+l.control.Addr().String()+"/calls/fault", "", nil)
	if !strings.HasPrefix(text, `{"fault":""`) {
		l.Errorf("round %d: too few calls went wrong: %s", round, text)
	}
}

// drained waits until nothing is left to be sent. It does not wait for the times at which
// events are sent again.
func (l *calledLife) drained() {
	l.Helper()
	storetest.Until(l, "all is sent", func() bool {
		l.db.Exec(l, `UPDATE event_retry SET next_at = clock_timestamp() WHERE next_at < 'infinity' AND next_at > clock_timestamp()`)
		return l.db.Int(l, `SELECT count(*) FROM event_retry`) == 0 &&
			l.db.Int(l, `SELECT count(*) FROM event_endpoint WHERE position < (SELECT coalesce(max(position), 0) FROM event)`) == 0
	})
}

// killAfter kills the server that sends, after so many calls, and starts another one. What
// it has not written down, another server may send again.
func (l *calledLife) killAfter(calls int) {
	storetest.Until(l, "the server is at work", func() bool { return len(l.calls()) >= calls })
	l.kill()
	lost := killed{n: len(l.calls()), unwritten: map[string][]int64{}}
	for _, body := range l.db.Texts(l, `SELECT e.body FROM event e JOIN event_endpoint p ON
			p.name LIKE '%.updatePath' AND e.kind = 'waybill.scanned' OR p.name LIKE '%.updateOrder' AND e.kind = 'order.status_changed'
		WHERE e.position > p.position OR (p.name, e.position) IN (SELECT endpoint, position FROM event_retry)`) {
		var b struct {
			WaybillID   string `json:"waybill_id"`
			ShopID      string `json:"shop_id"`
			ShopOrderID string `json:"shop_order_id"`
			Action      int    `json:"action_type"`
			Status      int64  `json:"order_status"`
		}
		must(l, json.Unmarshal([]byte(body), &b))
		if b.ShopID != "" {
			lost.unwritten[b.ShopID+"/"+b.ShopOrderID] = append(lost.unwritten[b.ShopID+"/"+b.ShopOrderID], b.Status)
			continue
		}
		node, _ := waybill.PathAction(waybill.Action(b.Action))
		lost.unwritten[b.WaybillID] = append(lost.unwritten[b.WaybillID], int64(node))
	}
	l.killed = lost
	l.db.Exec(l, `UPDATE event_endpoint SET leased_until = clock_timestamp()`) // all were its own
	l.restart()
}
