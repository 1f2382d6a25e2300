package sandbox_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

const (
	userName = "gh_carrier"
	appID    = "wxcarrier"
	token    = "TokenOfTheTest"
	aesKey   = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
)

var formats = []wechat.Format{wechat.XML, wechat.JSON}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// question is a push as a carrier sees it.
type question struct {
	query wechat.Query
	push  *wechat.Push
	msg   wechat.CancelWaybill
	gone  <-chan struct{} // closed when nobody waits for the answer
}

// carrier is a small correct server. Its cancel can be replaced by one with a
// fault.
type carrier struct {
	t        testing.TB
	receiver *wechat.Receiver
	cancel   func(http.ResponseWriter, question)
	verify   func(http.ResponseWriter, string)
}

func newCarrier(t testing.TB, mode wechat.Mode) *carrier {
	t.Helper()
	r, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: userName, AppID: appID, Mode: mode,
		Tokens: []string{token}, AESKeys: []string{aesKey}, Window: time.Minute,
	})
	must(t, err)
	c := &carrier{t: t, receiver: r}
	c.cancel = func(w http.ResponseWriter, q question) { c.send(w, q, q.msg.Reply(0, "success").Encode(q.push.Format)) }
	c.verify = func(w http.ResponseWriter, echo string) { c.write(w, []byte(echo)) }
	return c
}

func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := question{query: wechat.QueryFrom(r.URL.RawQuery), gone: r.Context().Done()}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	if r.Method == http.MethodGet {
		echo, err := c.receiver.VerifyURL(q.query)
		if err != nil || len(body) > 0 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		c.verify(w, echo)
		return
	}
	if q.push, err = c.receiver.Open(q.query, body); err == nil {
		q.msg, err = q.push.CancelWaybill()
	}
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	c.cancel(w, q)
}

// send seals a reply if the push was sealed.
func (c *carrier) send(w http.ResponseWriter, q question, reply []byte) {
	body, err := q.push.Seal(reply)
	if err != nil {
		c.t.Error(err)
	}
	c.write(w, body)
}

func (c *carrier) write(w http.ResponseWriter, body []byte) {
	if _, err := w.Write(body); err != nil {
		c.t.Error(err)
	}
}

// platform plays WeChat towards a handler.
func platform(t testing.TB, h http.Handler, m wechat.Mode, f wechat.Format) *sandbox.Platform {
	t.Helper()
	p := deliverer(t, h, m, f)
	p.Account = wechat.SenderOptions{}
	return p
}

func message() wechat.CancelWaybill {
	return wechat.CancelWaybill{
		ToUserName: userName, FromUserName: "oUser", CreateTime: 1533042556, Event: "cancel_waybill",
		BizID: "xyz", BizPwd: "PasswordOfTheTest", ShopAppID: "wxABCD", OrderID: "0123", WayBillID: "123456789",
	}
}
