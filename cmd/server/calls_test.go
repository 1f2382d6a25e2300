package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// line is the network between a server and WeChat, which can be cut. Its address stays taken
// meanwhile: whoever connects is hung up on.
type line struct {
	tb  testing.TB
	to  string
	ln  net.Listener
	all sync.WaitGroup

	mu     sync.Mutex
	broken bool
	conns  []net.Conn
}

// lineTo is one that works.
func lineTo(tb testing.TB, to string) *line {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	l := &line{tb: tb, to: to, ln: ln}
	l.all.Go(l.accept)
	tb.Cleanup(func() {
		ln.Close()
		l.cut()
		l.all.Wait()
	})
	return l
}

func (l *line) accept() {
	for {
		from, err := l.ln.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", l.to)
		if err != nil {
			l.tb.Error(err)
			from.Close()
			continue
		}
		if !l.add(from, to) {
			from.Close()
			to.Close()
			continue
		}
		l.all.Go(func() { _, _ = io.Copy(to, from); to.Close() })
		l.all.Go(func() { _, _ = io.Copy(from, to); from.Close() })
	}
}

// add has connections closed when the line is cut, and reports false where it is.
func (l *line) add(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.broken {
		l.conns = append(l.conns, conns...)
	}
	return !l.broken
}

// cut ends all connections, and further ones at once.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = true
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

// mend has the line work again.
func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = false
}

// calling is a carrier whose server calls the WeChat that pushes to it.
type calling struct {
	*testing.T
	*program
	*playedBox
	db                storetest.Database
	line              *line
	dispatch, support carrier
}

func startCalling(t *testing.T, change func(*config.Config)) *calling {
	t.Helper()
	url := withSamples(t)
	c := &calling{T: t, playedBox: openWeChat(t, wechat.JSON, nil), db: storetest.OpenDatabase(t, url)}
	c.line = lineTo(t, c.merchant.Addr().String())
	cfg := withTokens(t, testConfig(url, wechat.Secure))
	token, err := config.NewToken("watch", "events", watchToken)
	must(t, err)
	cfg.API.Tokens = append(slices.Clone(cfg.API.Tokens), token)
	cfg.WeChat.APIURL, cfg.WeChat.AppSecret = "http://"+c.line.ln.Addr().String(), sandbox.Secret
	cfg.WeChat.Calls, cfg.WeChat.WxaPath = config.CallNames(), "pages/order?id={shop_order_id}"
	if change != nil {
		change(&cfg)
	}
	c.program = start(t, cfg)
	c.play(c.program, wechat.Secure)
	c.dispatch, c.support = carrier{t, c.program, dispatchToken}, carrier{t, c.program, supportToken}
	storetest.Until(t, "all calls have a server", func() bool {
		return c.db.Int(t, `SELECT count(leased_by) FROM event_endpoint`) == 3*len(cfg.Accounts())
	})
	return c
}

const watchToken = "token-of-who-watches-the-endpoints-0123456789"

// control calls the sandbox's control listener.
func (c *calling) control(method, path, body string, answer any) {
	c.Helper()
	status, text, _ := fetch(c, method, "http://"+c.box.control.Addr().String()+path, body, http.Header{"Content-Type": {"application/json"}})
	if status != http.StatusOK {
		c.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if answer != nil {
		must(c, json.Unmarshal([]byte(text), answer))
	}
}

// taken are the nodes of a path and a key that WeChat took, in order, and
// how often one came again.
func (c *calling) taken(path, key string) (nodes []int64, repeats int) {
	c.Helper()
	var a struct{ Calls []sandbox.CarrierCall }
	c.control(http.MethodGet, "/calls?path="+path+"&key="+key, "", &a)
	for _, call := range a.Calls {
		switch {
		case call.Repeat:
			repeats++
		case call.Done:
			nodes = append(nodes, call.Node)
		}
	}
	return nodes, repeats
}

// hears waits until WeChat was told these nodes, in this order, and each once.
func (c *calling) hears(path, key string, want ...int64) {
	c.Helper()
	var got []int64
	repeats := 0
	storetest.Until(c, fmt.Sprint("WeChat is told ", want, " of ", key), func() bool {
		got, repeats = c.taken(path, key)
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) || repeats > 0 {
		c.Errorf("WeChat was told %v of %s, and %d again; want %v", got, key, repeats, want)
	}
}

// orders has a merchant order, and gives the waybill.
func (c *calling) orders(orderID string) string {
	c.Helper()
	says, a := c.add(orderID)
	if a.ErrCode != 0 {
		c.Fatalf("%s: %s", orderID, says)
	}
	return a.WaybillID
}

// scans reports scans, a minute after another, which end now.
func (c *calling) scans(waybillID string, actions ...int) {
	c.Helper()
	for i, action := range actions {
		at := time.Now().Add(time.Duration(i-len(actions)) * time.Minute)
		c.dispatch.scan(200, waybillID, action, at, fmt.Sprintf(`,"biz_id":%q,"action_msg":"快递员 %s"`, demo.BizID, courier))
	}
}

func (c *calling) attempts(call, result string) float64 {
	c.Helper()
	return c.metric(c, fmt.Sprintf(`carrierhook_endpoint_attempts_total{endpoint="wechat.main.%s",result=%q}`, call, result))
}

// What is reported at /v1 arrives at WeChat, in order, each node once: of parcels that it has
// booked, from their collection on, and of instant deliveries with their riders.
func TestCalls(t *testing.T) {
	t.Parallel()
	c := startCalling(t, nil)
	parcel := c.orders("calls-1")
	c.scans(parcel, 100003, 100002, 100001, 200001, 300005, 300002, 300003)
	c.hears(sandboxtest.UpdatePath, parcel, 100001, 200001, 300002, 300002, 300003)

	c.dispatch.call(201, http.MethodPost, "/v1/waybills", fmt.Sprintf(`{"biz_id":%q,"waybill_id":"OWN-1","order_id":"own-1","shop_app_id":"wxABCD"}`, demo.BizID))
	c.scans("OWN-1", 100001, 200001)

	_, quote := c.instant(0, "pre_add", signed(t, ""))
	_, placed := c.instant(0, "add", signed(t, quote.Token))
	var order struct {
		ShopID  string `json:"shopid"`
		OrderID string `json:"shop_order_id"`
	}
	must(t, json.Unmarshal([]byte(signed(t, "")), &order))
	for i, status := range []int{102, 201, 202, 302} {
		c.dispatch.call(200, http.MethodPost, "/v1/delivery/orders/"+order.ShopID+"/"+order.OrderID+"/status", fmt.Sprintf(
			`{"waybill_id":%q,"order_status":%d,"action_time":%d,"agent":{"name":"王","phone":%q}}`, placed.WaybillID, status, time.Now().Unix()+int64(i)-60, courier))
	}
	key := c.only(sandboxtest.StatusReportPath)
	c.hears(sandboxtest.StatusReportPath, key, 102, 201, 202, 302)

	// Of the parcel that no push has booked nothing was told, and its scans were passed over.
	storetest.Until(t, "all is passed", func() bool {
		return c.db.Int(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.main.updatePath' AND position = (SELECT max(position) FROM event)`) == 1
	})
	if nodes, _ := c.taken(sandboxtest.UpdatePath, "OWN-1"); len(nodes) > 0 {
		t.Errorf("of a parcel that is not WeChat's it was told %v", nodes)
	}
	if n := c.attempts("updatePath", "delivered"); n != 5 {
		t.Errorf("%v calls", n)
	}
	if left := c.metric(t, `carrierhook_wechat_quota_remaining_calls{account="main",path="`+sandboxtest.UpdatePath+`"}`); left < 1 {
		t.Errorf("%v calls are left", left)
	}
	c.db.WantInt(t, 1, `SELECT count(*) FROM wechat_token`) // for all servers
	c.watched(parcel)
	if log := c.program.log.String(); strings.Contains(log, courier) || strings.Contains(log, sandbox.Secret) {
		t.Error("the log shows what it must not")
	}
}

// only is the one key that a path was called with.
func (c *calling) only(path string) (key string) {
	c.Helper()
	storetest.Until(c, "a call of "+path, func() bool {
		var a struct{ Keys []sandbox.CarrierKey }
		c.control(http.MethodGet, "/calls?path="+path, "", &a)
		for _, k := range a.Keys {
			if k.Path == path {
				key = k.Key
			}
		}
		return key != ""
	})
	return key
}

// watched finds the endpoints of calls where those of webhooks are: in the API and in commands.
func (c *calling) watched(parcel string) {
	c.Helper()
	watch := carrier{c, c.program, watchToken}
	const name = "wechat.main.updatePath"
	for _, do := range []string{"pause", "resume"} {
		watch.call(200, http.MethodPost, "/v1/events/endpoints/"+name+"/"+do, "")
	}
	status, text, _ := fetch(c, http.MethodPost, "http://"+c.internal.String()+"/v1/events/endpoints/"+name+"/test", "", http.Header{"Authorization": {"Bearer " + watchToken}})
	if status != http.StatusOK || !strings.Contains(text, `"delivered":true`) {
		c.Errorf("a test event: %d %s", status, text)
	}
	status, text, _ = fetch(c, http.MethodGet, "http://"+c.internal.String()+"/v1/events/deliveries?endpoint="+name, "", http.Header{"Authorization": {"Bearer " + watchToken}})
	if status != http.StatusOK || !strings.Contains(text, "waybill "+parcel) {
		c.Errorf("the deliveries: %d %s", status, text)
	}
	cmd := on(c.T, c.cfg.Database.URL.Value())
	cmd.says(name, "events", "list")
	cmd.says("waybill.scanned", "events", "list", name, "--parcel", "waybill "+parcel)
}

// While WeChat cannot be reached nothing is lost, and pushes are answered as ever. When it is
// back everything arrives, in order and each node once; and a token that was revoked is
// replaced.
func TestCallsOutage(t *testing.T) {
	t.Parallel()
	c := startCalling(t, nil)
	first := c.orders("outage-0")
	c.scans(first, 100001)
	c.hears(sandboxtest.UpdatePath, first, 100001)
	storetest.Until(c, "the answer has come", func() bool { return c.attempts("updatePath", "delivered") == 1 })

	c.line.cut()
	parcels := []string{first}
	for i := range 7 {
		parcels = append(parcels, c.orders(fmt.Sprint("outage-", i+1))) // a push each, which is answered
	}
	for _, parcel := range parcels[1:] {
		c.scans(parcel, 100001, 200001)
	}
	c.scans(first, 200001)
	c.db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.main.updatePath' AND failing_since IS NOT NULL`)
	late := c.orders("outage-late")
	c.scans(late, 100001)
	c.line.mend()
	hurry(t, c.db) // what failed twice before the endpoint was failing waits for minutes
	for _, parcel := range parcels {
		c.hears(sandboxtest.UpdatePath, parcel, 100001, 200001)
	}
	c.hears(sandboxtest.UpdatePath, late, 100001)
	c.db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.main.updatePath' AND failing_since IS NULL`)
	c.db.WantInt(t, 0, `SELECT count(*) FROM event_dead`)

	c.control(http.MethodPost, "/tokens/revoke", "", nil)
	c.scans(late, 200001)
	c.hears(sandboxtest.UpdatePath, late, 100001, 200001)
}

// A call that WeChat refuses for good is dead, with its code in words; the parcel's next ones
// are made, and an operator can send it again. What the day's limit keeps waits, and says so.
func TestCallsRefused(t *testing.T) {
	t.Parallel()
	c := startCalling(t, nil)
	parcel := c.orders("refused-1")
	right := c.db.Text(t, `SELECT token FROM booking WHERE waybill_id = $1`, parcel)
	c.db.Exec(t, `UPDATE booking SET token = 'another' WHERE waybill_id = $1`, parcel)
	c.scans(parcel, 100001)
	c.db.WaitFor(t, `SELECT count(*) FROM event_dead WHERE last_failure LIKE '%errcode 9300507: %'`)
	c.db.Exec(t, `UPDATE booking SET token = $2 WHERE waybill_id = $1`, parcel, right)
	c.scans(parcel, 200001)
	c.hears(sandboxtest.UpdatePath, parcel, 200001)
	cmd := on(t, c.cfg.Database.URL.Value())
	cmd.says("errcode 9300507: the Token is not the waybill's", "events", "list", "wechat.main.updatePath", "--state", "dead")
	cmd.says("sent again: 1", "events", "replay", "wechat.main.updatePath", "--dead")
	storetest.Until(t, "it arrives", func() bool {
		nodes, _ := c.taken(sandboxtest.UpdatePath, parcel)
		return slices.Contains(nodes, 100001)
	})

	c.control(http.MethodPut, "/calls/fault", fmt.Sprintf(`{"fault":"not_allowed","path":%q,"calls":1}`, sandboxtest.UpdatePath), nil)
	c.scans(parcel, 300002)
	c.db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.main.updatePath' AND last_failure LIKE '%errcode 40164: %'`)
	c.program.log.wait(t, `"msg":"endpoint waits","endpoint":"wechat.main.updatePath"`)
	c.scans(parcel, 300003)
	c.db.WantInt(t, 0, `SELECT count(*) FROM event_endpoint WHERE failing_since IS NOT NULL`)
	c.db.WantInt(t, 0, `SELECT count(*) FROM event_retry WHERE attempts > 0`)
}

// No more calls are made than WeChat allows in a day: it has nothing to refuse. What is left
// over waits, is not failing, and arrives when the quota is there again.
func TestCallsLimit(t *testing.T) {
	t.Parallel()
	c := startCalling(t, nil)
	c.control(http.MethodPut, "/calls/limits", fmt.Sprintf(`{"path":%q,"daily":3,"per_minute":1000}`, sandboxtest.UpdatePath), nil)
	one, two := c.orders("limit-1"), c.orders("limit-2")
	c.scans(one, 100001, 200001, 300002, 300003)
	c.scans(two, 100001)
	c.db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.main.updatePath' AND last_failure LIKE '%the day''s calls are used up%'`)
	var a struct{ Calls []sandbox.CarrierCall }
	c.control(http.MethodGet, "/calls?path="+sandboxtest.UpdatePath, "", &a)
	if len(a.Calls) != 3 {
		t.Errorf("WeChat got %d calls", len(a.Calls))
	}
	for _, call := range a.Calls {
		if !call.Done {
			t.Errorf("it answered %d", call.ErrCode)
		}
	}
	if n := c.metric(t, `carrierhook_wechat_quota_remaining_calls{account="main",path="`+sandboxtest.UpdatePath+`"}`); n != 0 {
		t.Errorf("%v calls are left", n)
	}
	on(t, c.cfg.Database.URL.Value()).says("the day's calls are used up", "events", "list")
	c.db.WantInt(t, 0, `SELECT count(*) FROM event_dead`)
	c.db.WantInt(t, 0, `SELECT count(*) FROM event_endpoint WHERE failing_since IS NOT NULL`)

	// Another server reads the quota anew.
	c.control(http.MethodDelete, "/calls/limits", "", nil)
	must(t, c.program.stop())
	cfg := c.cfg
	cfg.Listen, cfg.InternalListen = "127.0.0.1:0", "127.0.0.1:0"
	start(t, cfg)
	storetest.Until(t, "all arrive", func() bool {
		first, _ := c.taken(sandboxtest.UpdatePath, one)
		second, _ := c.taken(sandboxtest.UpdatePath, two)
		return len(first) == 4 && len(second) == 1
	})
	if first, again := c.taken(sandboxtest.UpdatePath, one); !slices.Equal(first, []int64{100001, 200001, 300002, 300003}) || again > 0 {
		t.Errorf("%v, %d again", first, again)
	}
}
