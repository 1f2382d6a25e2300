package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/sandbox/instant"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

const (
	shopApp   = "wxshop"
	appSecret = "the-secret-of-the-mini-program"
)

// What goes wrong with the calls of servers.
const (
	wechatBusy    = "WeChat answered -1"
	wechatCut     = "WeChat did what it was called for, answer cut off"
	wechatDeaf    = "WeChat did what it was called for, answer not sent"
	wechatGateway = "WeChat answered 502"
	wechatPage    = "WeChat answered with a page of HTML"
	wechatRevoked = "access tokens revoked"
)

// platform is WeChat: merchants order there, which is pushed to whichever server lives, and
// the servers call it about what is reported to them.
type platform struct {
	api      *sandbox.API
	merchant http.Handler
	control  http.Handler
	server   *httptest.Server

	mu      sync.Mutex
	servers []*server // to push to
	next    int
}

func newPlatform(tb testing.TB) *platform {
	tb.Helper()
	account := wechat.SenderOptions{UserName: userName, AppID: appID, Mode: wechat.Secure, Token: pushToken, AESKey: aesKey}
	push, err := sandbox.New("http://server/wechat/push", account, wechat.XML)
	storetest.Must(tb, err)
	p := &platform{}
	push.Client, push.Tries = &http.Client{Transport: p}, 1
	p.api, err = sandbox.NewAPI(sandbox.APIOptions{
		Platform: push, Apps: []sandbox.App{{ID: shopApp, Secret: sandbox.Secret}, {ID: appID, Secret: appSecret}},
	}, express.New(express.Options{
		DeliveryID: demo.DeliveryID, CarrierNumbers: true,
		Accounts: []express.Account{{ShopAppID: shopApp, DeliveryID: demo.DeliveryID, BizID: merchant(1), BizPwd: password}},
	}).Join, instant.New(instant.Options{DeliveryID: demo.InstantDeliveryID, Shops: []string{demo.ShopID}}).Join)
	storetest.Must(tb, err)
	p.merchant, p.control = p.api.Merchant(), p.api.Control()
	p.server = httptest.NewServer(p.merchant)
	tb.Cleanup(p.server.Close)
	return p
}

// RoundTrip pushes to one of the servers that are there.
func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	var to *addresses
	for range p.servers {
		p.next++
		if to = p.servers[p.next%len(p.servers)].at.Load(); to != nil {
			break
		}
	}
	p.mu.Unlock()
	if to == nil {
		return nil, errors.New("no server is there")
	}
	r = r.Clone(r.Context())
	r.URL.Host = to.public
	return http.DefaultTransport.RoundTrip(r)
}

// settings are what servers have to know to call WeChat.
func (p *platform) settings(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	file := filepath.Join(dir, "app.secret")
	storetest.Must(tb, os.WriteFile(file, []byte(appSecret), 0o600))
	return map[string]string{
		"wechat_api_url": p.server.URL, "wechat_app_secret_file": file, "wechat_calls": "updatePath,updateOrder", "wechat_wxa_path": "pages/order?id={shop_order_id}",
	}
}

// orderExists is what our servers answer to an order that is there.
const orderExists = 1030

var errTaken = errors.New("the order was taken, and its waybill is not known")

// order calls as the merchant does, and gives the waybill; none where it was not taken.
func (p *platform) order(path, body string) (waybill string, err error) {
	var a struct {
		Waybill    string `json:"waybill_id"`
		ErrCode    int    `json:"errcode"`
		ResultCode int    `json:"resultcode"`
		Delivery   int    `json:"delivery_resultcode"`
	}
	text := p.do(p.merchant, http.MethodPost, path+"?access_token="+sandbox.StandingToken, body)
	if err := json.Unmarshal(text, &a); err != nil {
		return "", fmt.Errorf("%s: %s: %w", path, text, err)
	}
	switch {
	case a.Waybill != "":
		return a.Waybill, nil
	case a.Delivery == -1 || a.ResultCode == -1 || a.ErrCode == 9300502 || a.ErrCode == 930556 || a.ErrCode == 930557:
		return "", nil // the servers are broken, or what they said was lost
	case a.ResultCode == orderExists: // by a push that was answered -1
		return "", errTaken
	}
	return "", fmt.Errorf("%s: %s", path, text)
}

// do calls a handler of the platform's.
func (p *platform) do(h http.Handler, method, path, body string) []byte {
	r := httptest.NewRequest(method, "http://localhost"+path, bytes.NewReader([]byte(body)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.Bytes()
}

// spoilCalls has the next few calls of the servers go wrong. Hits are counted as they happened.
func spoilCalls(f sandbox.CallFault) func(*saboteur, context.Context) (int, error) {
	return func(s *saboteur, ctx context.Context) (hits int, err error) {
		p, before := s.world.platform, 0
		if calls, _ := p.api.Calls(); len(calls) > 0 {
			before = calls[len(calls)-1].N
		}
		p.do(p.control, http.MethodPut, "/calls/fault", fmt.Sprintf(`{"fault":%q,"calls":%d}`, f, 1+s.rand.IntN(3)))
		s.await(ctx, s.pause, func() bool {
			return bytes.HasPrefix(p.do(p.control, http.MethodGet, "/calls/fault", ""), []byte(`{"fault":""`))
		})
		p.do(p.control, http.MethodDelete, "/calls/fault", "")
		calls, _ := p.api.Calls()
		for _, c := range calls {
			if c.N > before && c.Fault == f {
				hits++
			}
		}
		return hits, nil
	}
}

// revokeTokens ends all access tokens.
func (s *saboteur) revokeTokens(context.Context) (int, error) {
	s.world.platform.do(s.world.platform.control, http.MethodPost, "/tokens/revoke", "")
	return 1, nil
}

// lacks counts the nodes that WeChat is to have and has not, or has and has not said so to
// any server.
func (p *platform) lacks(want map[string][]sandboxtest.Node) (n int) {
	calls, _ := p.api.Calls()
	for key, nodes := range want {
		for _, node := range nodes {
			there := node.Maybe
			for _, c := range calls {
				if !c.Done || c.Key != key || c.Node != node.Type || c.Time != node.Time {
					continue
				}
				if there = sandboxtest.Answered(c); there {
					break
				}
			}
			if !there {
				n++
			}
		}
	}
	return n
}

// judgeCalls holds what WeChat was called for against what /v1 had acknowledged.
func (r *run) judgeCalls(t *testing.T) {
	t.Helper()
	calls, _ := r.world.platform.api.Calls()
	if len(calls) > 0 && calls[0].N != 1 {
		t.Fatal("the sandbox has forgotten the first calls")
	}
	want := r.watch.called()
	// An answer may be lost with a server, or not be written before Postgres is gone. Of which
	// that is so the run does not know, so a node may come again at any time: what is asserted
	// is the order, that nothing is missing, and that each came until one was answered.
	// TestCalledLife asserts that none comes again without a reason.
	unwritten := func(sandbox.CarrierCall) bool { return true }
	wrong := 0
	for key, nodes := range want {
		for _, text := range sandboxtest.CheckNodes(key, nodes, calls, unwritten) {
			if wrong++; wrong <= 3 {
				t.Errorf("WeChat was called: %s", text)
			}
		}
	}
	for _, c := range calls {
		if c.Done && c.Node != 0 && want[c.Key] == nil {
			t.Errorf("WeChat was called about nothing: %+v", c)
		}
		r.tally.note(fmt.Sprintf("calls of WeChat, errcode %d, answered %s", c.ErrCode, c.Answered), 1)
		if c.Repeat {
			r.tally.note("calls of WeChat that it had had", 1)
		}
	}
	if wrong > 3 {
		t.Errorf("WeChat was called: %d more", wrong-3)
	}
}
