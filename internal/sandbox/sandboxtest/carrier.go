package sandboxtest

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// Carrier is a server that answers as it is set.
type Carrier struct {
	Handler http.Handler
	mu      sync.Mutex
	Cancels []wechat.CancelWaybill
	Packets []string // of the other events, opened
	Cancel  func(wechat.CancelWaybill) (int, string)
	add     func(packet string) string // the reply's packet to an add_waybill
	account func(packet string) string // to a check_biz or a get_quota
	instant func(*wechat.Push) []byte  // to a push of instant delivery; nil: HTTP status 500
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
	c := &Carrier{
		Cancel:  func(wechat.CancelWaybill) (int, string) { return 0, "success" },
		add:     func(string) string { return "success" },
		account: func(string) string { return "success" },
	}
	c.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		push, err := receiver.Open(wechat.QueryFrom(r.URL.RawQuery), body)
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		var reply []byte
		if push.EventName() == wechat.EventCancelWaybill {
			m, err := push.CancelWaybill()
			if err != nil {
				tb.Error(err)
			}
			c.mu.Lock()
			c.Cancels = append(c.Cancels, m)
			cancel := c.Cancel
			c.mu.Unlock()
			code, msg := cancel(m)
			reply = m.Reply(code, msg).Encode(f)
		} else {
			packet, err := cipher.Decrypt(encrypted(string(body)))
			if err != nil {
				tb.Error(err)
			}
			c.mu.Lock()
			c.Packets = append(c.Packets, string(packet))
			answer, instant := c.account, c.instant
			if push.Transport() {
				answer = func(string) string { return string(instant(push)) }
			}
			if push.EventName() == wechat.EventAddWaybill {
				answer = c.add
			}
			c.mu.Unlock()
			if push.Transport() && instant == nil {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			if reply = []byte(answer(string(packet))); string(reply) == "success" {
				_, _ = w.Write(reply)
				return
			}
		}
		sealed, err := push.Seal(reply)
		if err != nil {
			tb.Error(err)
		}
		_, _ = w.Write(sealed)
	})
	return c
}

var encryptMember = regexp.MustCompile(`(?:<Encrypt>(?:<!\[CDATA\[)?|"Encrypt"\s*:\s*")[A-Za-z0-9+/=]+`)

func encrypted(body string) string {
	loc := encryptMember.FindStringIndex(body)
	return body[strings.LastIndexAny(body[:loc[1]], `[">`)+1 : loc[1]]
}

// Answer sets what the carrier says to a question about an order, and to one
// about an account; nil leaves it as it is.
func (c *Carrier) Answer(add, account func(packet string) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if add != nil {
		c.add = add
	}
	if account != nil {
		c.account = account
	}
}

// AnswerInstant sets what the company says to pushes of instant delivery.
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

// Reply makes the Carrier answer cancels so from now on.
func (c *Carrier) Reply(code int, msg string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Cancel = func(wechat.CancelWaybill) (int, string) { return code, msg }
}
