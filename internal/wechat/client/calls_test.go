package client

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const awkward = `丽影邓丽君【18666666666】说 "<a&b>" \ 😀` + "\n\u2028"

var preview = Preview{
	WaybillID: "1234567890123", Template: "<html>test & <b></html>", Data: "##ZTO_mark##11-22-33##ZTO_bagAddr##广州##",
	Custom: []byte(`{ "order_id": "01<&>", "sender": {"name": "张三"}, "cargo": {"weight": 5.50} }`),
}

// sent are all calls, each as it goes out with all members and with as few as it may have.
var sent = map[string]func(context.Context, *Client) error{
	"updatePath": func(ctx context.Context, c *Client) error {
		return c.UpdatePath(ctx, PathNode{Token: "T<&>", WaybillID: "12345678901234567890", Time: 1533052800, Action: 300002, Message: awkward})
	},
	"updateOrder": func(ctx context.Context, c *Client) error {
		return c.UpdateOrder(ctx, OrderStatus{
			Token: "T", ShopID: "test_shop_id", ShopOrderID: "C1638702836167U4v252", ShopNo: "6261889268017", WaybillID: "3436608931550646273",
			Time: 1638703215, Status: 102, Message: awkward, WxaPath: "pages/index/index?a=1&b=2",
			Agent: &Agent{Name: "李x利", Phone: "1358xxxx", Encrypted: true}, ExpectedDelivery: 1638705236,
		})
	},
	"updateOrder.few": func(ctx context.Context, c *Client) error {
		return c.UpdateOrder(ctx, OrderStatus{Token: "T", ShopID: "1", ShopOrderID: "O", WaybillID: "W", Time: 1, Status: 302, WxaPath: "p"})
	},
	"updateOrder.agent": func(ctx context.Context, c *Client) error {
		return c.UpdateOrder(ctx, OrderStatus{Token: "T", ShopID: "1", ShopOrderID: "O", WaybillID: "W", Time: 1, Status: 102, WxaPath: "p", Agent: &Agent{Name: "李", Phone: "1"}})
	},
	"updateBusiness": func(ctx context.Context, c *Client) error {
		return c.UpdateBusiness(ctx, Review{ShopAppID: "wxABCD", BizID: "xyz", Code: 1, Message: awkward})
	},
	"updateBusiness.passed": func(ctx context.Context, c *Client) error {
		return c.UpdateBusiness(ctx, Review{ShopAppID: "wxABCD", BizID: "xyz", Message: "审核通过"})
	},
	"getContact": func(ctx context.Context, c *Client) error {
		_, err := c.GetContact(ctx, "T<&>", "12345678901234567890")
		return err
	},
	"previewTemplate": func(ctx context.Context, c *Client) error {
		_, err := c.PreviewTemplate(ctx, preview)
		return err
	},
	"quota": func(ctx context.Context, c *Client) error {
		_, err := c.Quota(ctx, "/cgi-bin/express/delivery/path/update")
		return err
	},
	"clearQuota": func(ctx context.Context, c *Client) error { return c.ClearQuota(ctx) },
}

var paths = map[string]string{
	"updatePath": "/cgi-bin/express/delivery/path/update", "updateOrder": "/cgi-bin/express/local/delivery/update_order",
	"updateBusiness": "/cgi-bin/express/delivery/service/business/update", "getContact": "/cgi-bin/express/delivery/contact/get",
	"previewTemplate": "/cgi-bin/express/delivery/template/preview", "quota": "/cgi-bin/openapi/quota/get", "clearQuota": "/cgi-bin/clear_quota",
}

// samples are WeChat's answers, but for line breaks.
var samples = map[string]string{
	"updatePath": `{"errcode":0,"errmsg":"ok"}`, "updateOrder": `{"resultcode":0,"resultmsg":"ok"}`, "updateBusiness": `{"errcode":0,"errmsg":"ok"}`,
	"getContact": `{"waybill_id":"12345678901234567890","sender":{"address":"广东省广州市海珠区XX路XX号XX大厦XX栋XX","name":"张三","tel":"020-88888888","mobile":"18666666666"},` +
		`"receiver":{"address":"广东省广州市天河区XX路XX号XX大厦XX栋XX","name":"王小蒙","tel":"029-77777777","mobile":"18610000000"}}`,
	"previewTemplate": `{"waybill_id":"1234567890123","rendered_waybill_template":"PGh0bWw+dGVzdDwvaHRtbD4="}`,
	"quota":           `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":5000,"used":20,"remain":4980},"rate_limit":{"call_count":1000,"refresh_second":60},"component_rate_limit":{}}`,
	"clearQuota":      `{"errcode":0,"errmsg":"ok"}`,
}

// Each call is what its file says, byte for byte, and goes to WeChat's path with the token.
func TestRequests(t *testing.T) {
	t.Parallel()
	for name, send := range sent {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call, _, _ := strings.Cut(name, ".")
			p := playWeChat(t)
			p.answer = func(w http.ResponseWriter, _ receivedCall) {
				w.Header().Set("Content-Type", "text/plain") // WeChat's
				write(w, samples[call])
			}
			if err := send(t.Context(), p.client(nil)); err != nil {
				t.Error(err)
			}
			got := p.last()
			if got.path != paths[call] || got.query != "access_token=TOKEN%2B%2F%26%3D_1" || got.header != "application/json; charset=utf-8" {
				t.Errorf("%+v", got)
			}
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, []byte(got.body), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != got.body {
				t.Errorf("%v\n got %s\nwant %s", err, got.body, want)
			}
			if !json.Valid([]byte(got.body)) || bytes.ContainsAny([]byte(got.body), "\n\r") {
				t.Errorf("no JSON on one line: %q", got.body)
			}
		})
	}
}

// What the answers say comes back.
func TestAnswers(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	p.answer = func(w http.ResponseWriter, r receivedCall) {
		for call, path := range paths {
			if path == r.path {
				write(w, "\ufeff\n "+samples[call]+"\n")
			}
		}
	}
	q, err := c.Quota(t.Context(), "/cgi-bin/x")
	if want := (Quota{5000, 20, 4980, 1000, time.Minute}); err != nil || q != want {
		t.Errorf("quota %+v, %v, want %+v", q, err, want)
	}
	contacts, err := c.GetContact(t.Context(), "T", "W")
	if err != nil || contacts.WaybillID != "12345678901234567890" || contacts.Sender.Name != "张三" || contacts.Sender.Tel != "020-88888888" ||
		contacts.Receiver.Mobile != "18610000000" || contacts.Receiver.Address != "广东省广州市天河区XX路XX号XX大厦XX栋XX" {
		t.Errorf("contacts %+v, %v", struct{ a, b any }{contacts.Sender.Name, contacts.Receiver.Mobile}, err)
	}
	page, err := c.PreviewTemplate(t.Context(), preview)
	if err != nil || page != "<html>test</html>" {
		t.Errorf("preview %q, %v", page, err)
	}
	for _, custom := range []string{"", "null", "[]", `"text"`, "{", `{"a":1} {}`} {
		if _, err := c.PreviewTemplate(t.Context(), Preview{Custom: []byte(custom)}); err != errCustom {
			t.Errorf("custom %q: %v", custom, err)
		}
	}
}

// Nothing prints what a request or an answer has.
func TestNothingShows(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	c.wantCall(t)
	const hidden = "SECRET"
	for _, v := range []any{
		Options{Secret: hidden, AppID: hidden}, c, c.tokens, c.tokens.current, &c.tokens.current,
		PathNode{Token: hidden, Message: hidden}, OrderStatus{Token: hidden, Agent: &Agent{Name: hidden}}, Agent{Phone: hidden}, Review{Message: hidden},
		Contacts{Sender: Contact{Name: hidden}}, Contact{Tel: hidden}, Preview{Template: hidden, Custom: []byte(hidden)},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, hidden) || strings.Contains(text, "TOKEN") || strings.Contains(text, testSecret) {
				t.Errorf("%T by %s: %s", v, verb, text)
			}
		}
		if text, err := json.Marshal(v); err == nil && bytes.Contains(text, []byte(hidden)) {
			t.Errorf("%T in JSON: %s", v, text)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"updatePath", "updateOrder", "updateBusiness"} {
		if PathOf(call) != paths[call] {
			t.Errorf("%s: %q", call, PathOf(call))
		}
	}
	if PathOf("other") != "" || len(Paths()) != 5 {
		t.Errorf("%q, %q", PathOf("other"), Paths())
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	good := Options{AppID: testApp, Secret: testSecret}
	if c, err := New(good); err != nil || c.base.String() != "https://api.weixin.qq.com" {
		t.Errorf("WeChat itself: %v", err)
	}
	for name, change := range map[string]func(*Options){
		"no app id":    func(o *Options) { o.AppID = "" },
		"no secret":    func(o *Options) { o.Secret = "" },
		"no URL":       func(o *Options) { o.URL = "api.weixin.qq.com" },
		"ftp":          func(o *Options) { o.URL = "ftp://SECRET/" },
		"a user":       func(o *Options) { o.URL = "https://SECRET@host/" },
		"a query":      func(o *Options) { o.URL = "https://host/?SECRET" },
		"a fragment":   func(o *Options) { o.URL = "https://host/#SECRET" },
		"what is none": func(o *Options) { o.URL = "https://SECRET\x7f/" },
		"no authority": func(o *Options) { o.CA = "SECRET" },
	} {
		o := good
		change(&o)
		_, err := New(o)
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
