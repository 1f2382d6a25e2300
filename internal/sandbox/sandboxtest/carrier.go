package sandboxtest

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// sampleTime is the CreateTime of WeChat's samples of replies.
const sampleTime = 1533042556

// Carrier is a server that answers as it is set. To what it is not set for it says
// success, and HTTP status 500 to instant delivery.
type Carrier struct {
	tb       testing.TB
	format   wechat.Format
	receiver *wechat.Receiver
	cipher   *wechat.Cipher

	mu      sync.Mutex
	Cancels []wechat.CancelWaybill
	Packets []string // of the other events, opened
	Cancel  func(wechat.CancelWaybill) (int, string)
	add     func(wechat.AddWaybill) []byte
	account func(reply func(code int, msg string, quota int64) wechat.QuotaReply) []byte
	instant func(*wechat.Push) []byte
}

func newCarrier(tb testing.TB, f wechat.Format) *Carrier {
	tb.Helper()
	receiver, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: AccountOptions.UserName, AppID: AccountOptions.AppID, Mode: AccountOptions.Mode, Tokens: []string{AccountOptions.Token}, AESKeys: []string{AccountOptions.AESKey},
	})
	if err != nil {
		tb.Fatal(err)
	}
	cipher, err := wechat.NewCipher(AccountOptions.AESKey, AccountOptions.AppID)
	if err != nil {
		tb.Fatal(err)
	}
	return &Carrier{
		tb: tb, format: f, receiver: receiver, cipher: cipher,
		Cancel:  func(wechat.CancelWaybill) (int, string) { return 0, "success" },
		add:     func(wechat.AddWaybill) []byte { return []byte("success") },
		account: func(func(int, string, int64) wechat.QuotaReply) []byte { return []byte("success") },
	}
}

func (c *Carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	push, err := c.receiver.Open(wechat.QueryFrom(r.URL.RawQuery), body)
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	answer := c.receive(push, body)
	if answer == nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	reply := answer()
	if string(reply) != "success" {
		reply, err = push.Seal(reply)
		c.check(err)
	}
	_, _ = w.Write(reply)
}

// receive remembers a push, and returns what answers it.
func (c *Carrier) receive(push *wechat.Push, body []byte) func() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	add, account, instant, cancel := c.add, c.account, c.instant, c.Cancel
	event := push.EventName()
	if event == wechat.EventCancelWaybill {
		m, err := push.CancelWaybill()
		c.check(err)
		c.Cancels = append(c.Cancels, m)
		return func() []byte { return m.Reply(cancel(m)).Encode(c.format) }
	}
	c.Packets = append(c.Packets, c.open(body))
	switch {
	case push.Instant():
		if instant == nil {
			return nil
		}
		return func() []byte { return instant(push) }
	case event == wechat.EventAddWaybill:
		m, err := push.AddWaybill()
		c.check(err)
		return func() []byte { return add(m) }
	case event == wechat.EventCheckBiz:
		m, err := push.CheckBiz()
		c.check(err)
		return func() []byte { return account(m.Reply) }
	default:
		m, err := push.GetQuota()
		c.check(err)
		return func() []byte { return account(m.Reply) }
	}
}

func (c *Carrier) check(err error) {
	if err != nil {
		c.tb.Error(err)
	}
}

// open is the packet in a body.
func (c *Carrier) open(body []byte) string {
	var envelope struct{ Encrypt string }
	if c.format == wechat.JSON {
		c.check(json.Unmarshal(body, &envelope))
	} else {
		c.check(xml.Unmarshal(body, &envelope))
	}
	packet, err := c.cipher.Decrypt(envelope.Encrypt)
	c.check(err)
	return string(packet)
}

// Reply sets the answer to cancels.
func (c *Carrier) Reply(code int, msg string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Cancel = func(wechat.CancelWaybill) (int, string) { return code, msg }
}

// AnswerAdd sets the answer to orders: under the pushed number, and with changes to its
// text if there are any.
func (c *Carrier) AnswerAdd(code int, label string, change ...func(reply string) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add = func(m wechat.AddWaybill) []byte {
		r := m.Reply(m.WayBillID, code, "客户密码不正确", label)
		r.CreateTime = sampleTime
		return changed(r.Encode(c.format), change)
	}
}

// AnswerAccount sets the answer to questions about an account.
func (c *Carrier) AnswerAccount(code int, msg string, change ...func(reply string) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.account = func(reply func(int, string, int64) wechat.QuotaReply) []byte {
		r := reply(code, msg, 210)
		r.CreateTime = sampleTime
		return changed(r.Encode(c.format), change)
	}
}

func changed(reply []byte, change []func(string) string) []byte {
	for _, f := range change {
		reply = []byte(f(string(reply)))
	}
	return reply
}

// AnswerInstant sets the answer to pushes of instant delivery; nil is HTTP status 500.
func (c *Carrier) AnswerInstant(instant func(*wechat.Push) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.instant = instant
}

// Last is the packet of the last push that was no cancel, and how many there were.
func (c *Carrier) Last() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.Packets) == 0 {
		return "", 0
	}
	return c.Packets[len(c.Packets)-1], len(c.Packets)
}

// Count is how many cancels have arrived.
func (c *Carrier) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.Cancels)
}
