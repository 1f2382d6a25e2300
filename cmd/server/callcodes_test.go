package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/redacted"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
	"carrierhook/internal/wechat/client"
)

// called is WeChat as the sandbox plays it, behind something that may spoil requests on
// their way, with a parcel and an order of instant delivery.
type called struct {
	*sandboxtest.Sandbox
	company *sandboxtest.Company
	base    string
	now     time.Time
	spoil   func(r *http.Request, body []byte) []byte // nil: nothing is spoilt
	send    func(c *client.Client, call string) error // nil: the client alone

	parcel  client.PathNode
	rider   client.OrderStatus
	account client.Review
	label   client.Preview
}

func callWeChat(t *testing.T) *called {
	t.Helper()
	w := &called{now: time.Unix(0x6299e87e, 0)}
	w.Sandbox = sandboxtest.StartSandbox(t, wechat.JSON, func(o *sandboxtest.Options) {
		sandboxtest.InstantAt("SFTC")(o)
		o.Platform.Now = func() time.Time { return w.now }
	})
	w.company = sandboxtest.NewCompany(w.Sandbox, wechat.JSON)
	w.WantResult(sandboxtest.PlacePath, sandboxtest.PlaceBody(), 0)
	w.base = w.behindProxy(t)
	w.parcel = client.PathNode{Token: "token-W1", WaybillID: "W1", Time: 1533052800, Action: 100001, Message: "揽件成功"}
	w.rider = client.OrderStatus{
		Token: w.company.LastOrder().WXToken, ShopID: sandboxtest.ShopID, ShopOrderID: sandboxtest.ShopOrderID, WaybillID: "W1",
		Time: 1638703215, Status: 201, WxaPath: "pages/index/index",
	}
	w.account = client.Review{ShopAppID: "wxABCD", BizID: "xyz"}
	w.label = client.Preview{WaybillID: "1234567890123", Template: "<html>test</html>", Data: "##ZTO_mark##11-22-33##", Custom: json.RawMessage(`{}`)}
	return w
}

// behindProxy leads to the sandbox through a proxy, which spoils what it is to.
func (w *called) behindProxy(t *testing.T) string {
	to, err := url.Parse(w.MerchantURL)
	must(t, err)
	s := httptest.NewServer(&httputil.ReverseProxy{
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		Rewrite: func(r *httputil.ProxyRequest) {
			body, err := io.ReadAll(r.In.Body)
			must(t, err)
			r.SetURL(to)
			if w.spoil != nil {
				body = w.spoil(r.Out, body)
			}
			r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		},
	})
	t.Cleanup(s.Close)
	return s.URL
}

// as is a client of the sandbox; change may be nil.
func (w *called) as(change func(*client.Options)) *client.Client {
	o := client.Options{URL: w.base, AppID: "wxABCD", Secret: sandbox.Secret}
	if change != nil {
		change(&o)
	}
	c, err := client.New(o)
	must(w.TB, err)
	w.TB.Cleanup(c.Close)
	return c
}

// node, status and verdict make the three calls as the carrier itself.
func (w *called) node() error    { return w.make(w.as(nil), "updatePath") }
func (w *called) status() error  { return w.make(w.as(nil), "updateOrder") }
func (w *called) verdict() error { return w.make(w.as(nil), "updateBusiness") }

// make makes one of them by a client.
func (w *called) make(c *client.Client, call string) error {
	switch ctx := context.Background(); {
	case w.send != nil:
		return w.send(c, call)
	case call == "updatePath":
		return c.UpdatePath(ctx, w.parcel)
	case call == "updateOrder":
		return c.UpdateOrder(ctx, w.rider)
	default:
		return c.UpdateBusiness(ctx, w.account)
	}
}

func (w *called) preview() error {
	_, err := w.as(nil).PreviewTemplate(context.Background(), w.label)
	return err
}
func (w *called) quota(path string) error {
	_, err := w.as(nil).Quota(context.Background(), path)
	return err
}

// drops spoils the token's request: one of its members is not there.
func (w *called) drops(member string) {
	w.spoil = func(r *http.Request, body []byte) []byte {
		if r.URL.Path != sandboxtest.StableTokenPath {
			return body
		}
		var all map[string]any
		must(w.TB, json.Unmarshal(body, &all))
		delete(all, member)
		body, err := json.Marshal(all)
		must(w.TB, err)
		return body
	}
}

// spoils changes the calls behind the token's request.
func (w *called) spoils(change func(r *http.Request, body []byte) []byte) {
	w.spoil = func(r *http.Request, body []byte) []byte {
		if r.URL.Path == sandboxtest.StableTokenPath {
			return body
		}
		return change(r, body)
	}
}

// again makes a call until it fails, for limits that let some through.
func again(call func() error) (err error) {
	for range 20 {
		if err = call(); err != nil {
			return err
		}
	}
	return nil
}

// cause has WeChat answer a code to a call of ours.
type cause struct {
	code int
	path string // where the code means something else there
	of   string // what it is
	do   func(w *called) error
}

// state is a cause within WeChat, of which the sandbox has nothing: it answers the code to
// the calls of a path when it is told to.
func state(code int, path, of string, call func(w *called) error) cause {
	return cause{code, "", of, func(w *called) error {
		w.Send(http.MethodPut, w.ControlURL+"/calls/fault", fmt.Sprintf(`{"fault":"errcode","path":%q,"errcode":%d}`, path, code))
		return call(w)
	}}
}

// at has a code mean something else at a path.
func (c cause) at(path string) cause {
	c.path = path
	return c
}

// name is that of a cause's test.
func (c cause) name() string { return strings.TrimSpace(fmt.Sprint(c.code, " ", c.path)) }

var causes = []cause{
	{-1, "", "WeChat is busy", func(w *called) error {
		w.SetCallFault(sandbox.CallBusy, sandboxtest.UpdatePath, 0)
		return w.node()
	}},
	{40001, "", "the token is revoked, and the one that replaces it", func(w *called) error {
		w.SetCallFault(sandbox.CallTokenRevoked, "", 2)
		return w.node()
	}},
	state(40001, sandboxtest.StableTokenPath, "the AppSecret is wrong; WeChat's pages name it beside 40125", (*called).node).at(sandboxtest.StableTokenPath),
	{40002, sandboxtest.StableTokenPath, "the grant_type is none", func(w *called) error {
		w.spoil = func(_ *http.Request, body []byte) []byte {
			return bytes.Replace(body, []byte("client_credential"), []byte("password"), 1)
		}
		return w.node()
	}},
	{40013, "", "the app id is nobody's", func(w *called) error {
		return w.make(w.as(func(o *client.Options) { o.AppID = "wxNobody" }), "updatePath")
	}},
	{40013, sandboxtest.BusinessPath, "the merchant's app id is nobody's", func(w *called) error {
		w.account.ShopAppID = "wxNobody"
		return w.verdict()
	}},
	{40014, "", "the token is none", func(w *called) error {
		w.spoils(func(r *http.Request, body []byte) []byte {
			r.URL.RawQuery = "access_token=ACCESS_TOKEN"
			return body
		})
		return w.node()
	}},
	{40066, "", "the URL has a path", func(w *called) error {
		w.base += "/x"
		return w.node()
	}},
	state(40097, sandboxtest.UpdatePath, "an argument is refused", (*called).node),
	{40125, "", "the AppSecret is wrong", func(w *called) error {
		return w.make(w.as(func(o *client.Options) { o.Secret = redacted.String("another") }), "updatePath")
	}},
	{40164, "", "the address is not in the allow-list", func(w *called) error {
		w.Send(http.MethodPut, w.ControlURL+"/calls/allow", `{"addresses":["203.0.113.7"]}`)
		return w.node()
	}},
	{40199, "", "the waybill is nobody's", func(w *called) error {
		w.parcel.WaybillID = "W9"
		return w.node()
	}},
	{40243, "", "the AppSecret is frozen", func(w *called) error {
		w.SetCallFault(sandbox.CallFrozen, "", 0)
		return w.node()
	}},
	{41001, "", "a proxy drops the query", func(w *called) error {
		w.spoils(func(r *http.Request, body []byte) []byte {
			r.URL.RawQuery = ""
			return body
		})
		return w.node()
	}},
	{41002, "", "the app id is dropped on the way", func(w *called) error {
		w.drops("appid")
		return w.node()
	}},
	{41004, "", "the AppSecret is dropped on the way", func(w *called) error {
		w.drops("secret")
		return w.node()
	}},
	{42001, "", "the token has ended", func(w *called) error {
		var old struct {
			Token string `json:"access_token"`
		}
		sandboxtest.Decode(w.TB, w.Send(http.MethodPost, w.MerchantURL+sandboxtest.StableTokenPath,
			`{"grant_type":"client_credential","appid":"wxABCD","secret":"`+sandbox.Secret+`"}`), &old)
		w.now = w.now.Add(3 * time.Hour)
		w.spoils(func(r *http.Request, body []byte) []byte {
			r.URL.RawQuery = url.Values{"access_token": {old.Token}}.Encode()
			return body
		})
		return w.node()
	}},
	{43002, "", "a proxy changes the method", func(w *called) error {
		w.spoils(func(r *http.Request, _ []byte) []byte {
			r.Method = http.MethodGet
			return nil
		})
		return w.node()
	}},
	{44002, "", "a proxy drops the body", func(w *called) error {
		w.spoils(func(*http.Request, []byte) []byte { return nil })
		return w.node()
	}},
	{45009, "", "the day's calls are used up", func(w *called) error {
		w.SetLimits(sandboxtest.UpdatePath, 2, 0)
		return again(w.node)
	}},
	{45011, "", "the minute's calls are used up", func(w *called) error {
		w.SetLimits(sandboxtest.UpdatePath, 0, 2)
		return again(w.node)
	}},
	{47001, "", "a proxy cuts the body off", func(w *called) error {
		w.spoils(func(_ *http.Request, body []byte) []byte { return body[:len(body)/2] })
		return w.node()
	}},
	{48001, "", "the app has no right to the call", func(w *called) error {
		w.SetCallFault(sandbox.CallUnauthorised, "", 0)
		return w.node()
	}},
	state(48004, sandboxtest.UpdatePath, "the call is banned", (*called).node),
	{48006, sandboxtest.ClearQuotaPath, "the counters were cleared too often", func(w *called) error {
		return again(func() error { return w.as(nil).ClearQuota(context.Background()) })
	}},
	state(50002, sandboxtest.UpdatePath, "the account is limited", (*called).node),
	state(50004, sandboxtest.StableTokenPath, "the account may not get tokens", (*called).node),
	state(50007, sandboxtest.StableTokenPath, "the account is frozen", (*called).node),
	state(61024, sandboxtest.StableTokenPath, "the account is a third-party platform's", (*called).node),
	{76003, sandboxtest.QuotaGetPath, "the path does not begin as one", func(w *called) error { return w.quota("cgi-bin/x") }},
	{76021, sandboxtest.QuotaGetPath, "there is no such path", func(w *called) error { return w.quota("/cgi-bin/x") }},
	{76022, sandboxtest.QuotaGetPath, "the path is of merchants", func(w *called) error { return w.quota(sandboxtest.AddPath) }},
	state(89501, sandboxtest.StableTokenPath, "the address waits for the administrator", (*called).node),
	state(89503, sandboxtest.StableTokenPath, "the address waits for the administrator", (*called).node),
	state(89506, sandboxtest.StableTokenPath, "the administrator has refused twice", (*called).node),
	state(89507, sandboxtest.StableTokenPath, "the administrator has refused", (*called).node),
	state(930555, sandboxtest.StatusReportPath, "WeChat has failed", (*called).status),
	state(930556, sandboxtest.StatusReportPath, "WeChat waited for the carrier in vain", (*called).status),
	state(930557, sandboxtest.StatusReportPath, "WeChat calls the carrier's system failed", (*called).status),
	state(930558, sandboxtest.StatusReportPath, "WeChat calls the carrier's answer wrong", (*called).status),
	state(930559, sandboxtest.StatusReportPath, "the user is none of the mini program's", (*called).status),
	state(930560, sandboxtest.StatusReportPath, "the shop is not bound", (*called).status),
	{930561, "", "a member is missing", func(w *called) error {
		w.rider.WxaPath = ""
		return w.status()
	}},
	state(930562, sandboxtest.StatusReportPath, "WeChat has the order", (*called).status),
	{930563, "", "the order is another", func(w *called) error {
		w.rider.ShopOrderID = "other"
		return w.status()
	}},
	{930564, "", "the day's calls of instant delivery are used up", func(w *called) error {
		w.SetLimits(sandboxtest.StatusReportPath, 2, 0)
		return again(w.status)
	}},
	{930565, "", "the order has ended", func(w *called) error {
		w.rider.Status = 302
		must(w.TB, w.status())
		w.rider.Status = 301
		return w.status()
	}},
	state(9300501, sandboxtest.UpdatePath, "WeChat calls the carrier's answer wrong", (*called).node),
	{9300502, "", "the label's data are wrong", func(w *called) error {
		w.label.Data = "mark"
		return w.preview()
	}},
	state(9300503, sandboxtest.UpdatePath, "the account is no carrier's", (*called).node),
	{9300507, "", "the Token is another waybill's", func(w *called) error {
		w.parcel.Token = "token-W2"
		return w.node()
	}},
	{9300512, "", "the label's template has no such command", func(w *called) error {
		w.label.Template = "##NONE(x)"
		return w.preview()
	}},
	{9300525, "", "the merchant has asked for no review", func(w *called) error {
		w.account.BizID = "nobody"
		return w.verdict()
	}},
	state(9300526, sandboxtest.UpdatePath, "a text is too long", (*called).node),
	state(9300535, sandboxtest.StatusReportPath, "the shop's data are refused", (*called).status),
}

// Every code that this program knows is answered by WeChat for its cause, and the client
// reads it as the table says: its class, and its words for an operator. A code that is added
// has to be caused here.
func TestEveryCodeHasItsCause(t *testing.T) {
	t.Parallel()
	for _, code := range client.Codes() {
		i := slices.IndexFunc(causes, func(c cause) bool { return c.code == code.Number && c.path == code.Path })
		if i < 0 {
			t.Errorf("nothing causes %d at %q", code.Number, code.Path)
			continue
		}
		t.Run(causes[i].name(), func(t *testing.T) {
			t.Parallel()
			err := causes[i].do(callWeChat(t))
			e, ok := errors.AsType[*client.Error](err)
			if !ok || e.Code != code.Number {
				t.Fatalf("%s: %v", causes[i].of, err)
			}
			if class := client.ClassOf(err); class != code.Class {
				t.Errorf("it is %s, want %s", class, code.Class)
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("errcode %d: %s", code.Number, code.Words)) {
				t.Errorf("the error says %v", err)
			}
		})
	}
	for _, c := range causes {
		if !slices.ContainsFunc(client.Codes(), func(k client.Code) bool { return k.Number == c.code && k.Path == c.path }) {
			t.Errorf("%d at %q is caused (%s), and not in the table", c.code, c.path, c.of)
		}
	}
}
