package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
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
	killIn = 2 // the round in whose halves a server is killed, which was making its calls
	faulty = 3 // calls that go wrong, of each half
)

// revokedIn are the rounds before whose halves all tokens are revoked.
var revokedIn = map[int]bool{1: true, 4: true}

// half is a part of a round: what is reported of parcels, or of orders.
type half struct{ path, endpoint string }

var (
	scansHalf    = half{updatePathPath, "wechat.main.updatePath"}
	statusesHalf = half{updateOrderPath, "wechat.main.updateOrder"}
)

// calledLife is a carrier with two servers that call WeChat, and what it has reported.
type calledLife struct {
	*testing.T
	*playedBox
	db    storetest.Database
	serve func() *callingServer
	began time.Time

	sends  int               // which of the servers makes all calls
	leases map[string]string // its, by endpoint
	killed []killed

	mu      sync.Mutex
	servers [2]*callingServer
	want    map[string][]sandboxtest.Node // by the key of the calls
}

// callingServer is a server as a process of its own.
type callingServer struct {
	*program
	cmd *exec.Cmd
}

// killed says what a server had not written down when it was killed: some nodes of the calls
// after, up to another, by their keys.
type killed struct {
	after, to int
	unwritten map[string][]int64
}

// lost tells whether the answer to a call was lost with the server.
func (k killed) lost(c sandbox.CarrierCall) bool {
	return c.Done && c.N > k.after && c.N <= k.to && slices.Contains(k.unwritten[c.Key], c.Node)
}

// lost tells whether the answer to a call was lost with a server.
func (l *calledLife) lost(c sandbox.CarrierCall) bool {
	return slices.ContainsFunc(l.killed, func(k killed) bool { return k.lost(c) })
}

// A life of many parcels and orders, whose calls go wrong in every way. Among the calls of
// parcels, and again among those of orders, the server that makes them is killed, and twice
// all tokens are revoked. Each node is seen at WeChat, in order, and twice only where its
// answer was lost.
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
		var scans, statuses []func()
		for _, number := range parcels {
			scans = append(scans, func() {
				for j, scan := range round.scans {
					l.scanned(number, scan[0], scan[1], i*10+j)
				}
			})
		}
		for id, number := range orders {
			statuses = append(statuses, func() {
				for j, status := range round.statuses {
					l.reported(id, number, status, i*10+j)
				}
			})
		}
		l.half(i, round.fault, scansHalf, scans)
		l.half(i, round.fault, statusesHalf, statuses)
	}
	// Nobody has this parcel yet, so its merchant can still cancel it.
	l.scanned(kept, 100003, 0, 0)
	l.drained()
	life{T: t, playedBox: l.playedBox}.cancels("called-kept", kept, "0")
	life{T: t, playedBox: l.playedBox}.cancels("called-1", parcels["called-1"], "9300506")
	calls := l.calls()
	for key, want := range l.want {
		for _, wrong := range sandboxtest.CheckNodes(key, want, calls, l.lost) {
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
	if tokens > 1+2*len(revokedIn) { // the servers share them
		t.Errorf("%d tokens were given", tokens)
	}
	if repeats == 0 {
		t.Error("nothing came again, and answers were lost")
	}
	l.db.WantInt(t, 0, `SELECT count(*) FROM event_dead`)
	t.Logf("%d calls, %d of them repeats, %d tokens given and %d refused", len(calls), repeats, tokens, refused)
}

// half reports a half of a round, and waits until all of it has been called for.
func (l *calledLife) half(round int, fault sandbox.CallFault, h half, reports []func()) {
	l.Helper()
	before := len(l.calls())
	if revokedIn[round] {
		callSandbox(l, http.MethodPost, "http://"+l.control.Addr().String()+"/tokens/revoke", "")
	}
	l.spoil(fault, h.path)
	var all sync.WaitGroup
	report := func() {
		for _, do := range reports {
			all.Go(do)
		}
	}
	if round == killIn {
		l.killSender(h, report)
	} else {
		report()
	}
	all.Wait()
	l.spoiled(round)
	refused := slices.ContainsFunc(l.calls()[before:], func(c sandbox.CarrierCall) bool { return c.Path == h.path && c.ErrCode == 40001 })
	if refused != revokedIn[round] {
		l.Errorf("round %d, %s: a token was refused: %t", round, h.endpoint, refused)
	}
}

// newCalledLife starts two servers, the first of which makes all calls at first.
func newCalledLife(t *testing.T) *calledLife {
	t.Helper()
	url := withSamples(t)
	l := &calledLife{T: t, db: storetest.OpenDatabase(t, url), began: time.Now().Add(-time.Hour), want: map[string][]sandboxtest.Node{}}
	pushed := start(t, testConfig(url, wechat.Secure)) // it gets the pushes, and makes no calls
	l.playedBox = playWeChat(t, pushed, wechat.Secure, wechat.JSON, nil)
	secret := filepath.Join(t.TempDir(), "appsecret")
	must(t, os.WriteFile(secret, []byte(sandbox.Secret), 0o600))
	l.serve = func() *callingServer {
		cmd, p := serving(t, url,
			"CARRIERHOOK_WECHAT_API_URL=http://"+l.merchant.Addr().String(), "CARRIERHOOK_WECHAT_APP_SECRET_FILE="+secret,
			"CARRIERHOOK_WECHAT_CALLS=updatePath,updateOrder", "CARRIERHOOK_WECHAT_WXA_PATH=pages/order?id={shop_order_id}",
			"CARRIERHOOK_DELIVERY_KEY="+demo.DeliveryKey)
		return &callingServer{p, cmd}
	}
	l.servers[0] = l.serve()
	l.leased()
	l.servers[1] = l.serve()
	return l
}

// leased waits until a server has the leases of all endpoints, which are not those of before.
func (l *calledLife) leased() {
	l.Helper()
	before := l.leases
	storetest.Until(l, "a server has all leases", func() bool {
		l.leases = map[string]string{}
		for _, h := range []half{scansHalf, statusesHalf} {
			of := l.db.Texts(l, `SELECT leased_by::text FROM event_endpoint WHERE name = $1 AND leased_by IS NOT NULL`, h.endpoint)
			if len(of) == 1 && of[0] != before[h.endpoint] {
				l.leases[h.endpoint] = of[0]
			}
		}
		return len(l.leases) == 2
	})
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

// killSender has things reported, and kills the server that makes all calls when it has been
// answered what it cannot write down. The other one takes over.
func (l *calledLife) killSender(h half, report func()) {
	l.Helper()
	before := len(l.calls())
	lock := func() func() {
		return l.db.Lock(l.T, fmt.Sprintf(`SELECT FROM event_endpoint WHERE name = '%s' FOR UPDATE`, h.endpoint))
	}
	unlock := lock()
	report()
	// It may be waiting for the lock before it has read what to call for. Then it goes on a little.
	for n := 0; !l.answered(h, before); n++ {
		if n == 20 {
			l.Fatalf("%s: nothing is called for", h.endpoint)
		}
		unlock()
		unlock = lock()
	}
	sender := l.servers[l.sends]
	must(l, sender.cmd.Process.Kill())
	_ = sender.cmd.Wait()
	for endpoint, id := range l.leases { // else it did not make the calls any more
		l.db.WantInt(l, 1, fmt.Sprintf(`SELECT count(*) FROM event_endpoint WHERE name = '%s' AND leased_by = '%s'`, endpoint, id))
	}
	// What it told Postgres before is not done either.
	storetest.Until(l, "nothing waits for the lock", func() bool {
		return l.db.Int(l, `SELECT count(pg_terminate_backend(w.pid)) FROM pg_stat_activity AS w JOIN pg_stat_activity AS h ON h.pid = ANY (pg_blocking_pids(w.pid))
			WHERE h.datname = current_database() AND h.query LIKE 'SELECT FROM event_endpoint %'`) == 0
	})
	k := killed{before, l.rest(), l.unwritten(h)}
	if !slices.ContainsFunc(l.calls(), k.lost) {
		l.Errorf("%s: nothing was lost with the server", h.endpoint)
	}
	l.killed = append(l.killed, k)
	unlock()
	l.db.Exec(l, `UPDATE event_endpoint SET leased_until = clock_timestamp()`)
	l.leased()
	next := l.serve()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.servers[l.sends] = next
	l.sends = 1 - l.sends
}

// answered waits a moment until a call was answered, after the first ones, that is not
// written down.
func (l *calledLife) answered(h half, before int) bool {
	l.Helper()
	for range 100 {
		calls := l.calls()
		if k := (killed{before, len(calls), l.unwritten(h)}); slices.ContainsFunc(calls, k.lost) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// rest waits until the sandbox has done what arrived before the server was dead, and gives
// how many calls there were.
func (l *calledLife) rest() (n int) {
	for same := 0; same < 30; time.Sleep(10 * time.Millisecond) {
		if got := len(l.calls()); got != n {
			n, same = got, 0
		} else {
			same++
		}
	}
	return n
}

// unwritten are the nodes that the database does not have as called for.
func (l *calledLife) unwritten(h half) map[string][]int64 {
	l.Helper()
	all := map[string][]int64{}
	for _, body := range l.db.Texts(l, `SELECT e.body FROM event e JOIN event_endpoint p ON
			e.kind = CASE p.name WHEN $2 THEN 'waybill.scanned' ELSE 'order.status_changed' END
		WHERE p.name = $1 AND (e.position > p.position OR (p.name, e.position) IN (SELECT endpoint, position FROM event_retry))`, h.endpoint, scansHalf.endpoint) {
		var b struct {
			WaybillID   string `json:"waybill_id"`
			ShopID      string `json:"shop_id"`
			ShopOrderID string `json:"shop_order_id"`
			Action      int    `json:"action_type"`
			Status      int64  `json:"order_status"`
		}
		must(l, json.Unmarshal([]byte(body), &b))
		key, node := b.ShopID+"/"+b.ShopOrderID, b.Status
		if h == scansHalf {
			to, _ := waybill.PathAction(waybill.Action(b.Action))
			key, node = b.WaybillID, int64(to)
		}
		all[key] = append(all[key], node)
	}
	return all
}
