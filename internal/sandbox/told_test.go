package sandbox

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// carrier is a server that answers as it is told.
type carrier struct {
	handler http.Handler
	mu      sync.Mutex
	cancels []wechat.CancelWaybill
	packets []string // of the other events, opened
	cancel  func(wechat.CancelWaybill) (int, string)
	add     func(packet string) string // the reply's packet to an add_waybill
	account func(packet string) string // to a check_biz or a get_quota
	local   func(*wechat.Push) []byte  // to a push of instant delivery; nil: HTTP status 500
}

func newCarrier(tb testing.TB, f wechat.Format) *carrier {
	tb.Helper()
	receiver, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: testAccount.UserName, AppID: testAccount.AppID, Mode: testAccount.Mode, Tokens: []string{testAccount.Token}, AESKeys: []string{testAccount.AESKey},
	})
	if err != nil {
		tb.Fatal(err)
	}
	cipher, err := wechat.NewCipher(testAccount.AESKey, testAccount.AppID)
	if err != nil {
		tb.Fatal(err)
	}
	c := &carrier{
		cancel:  func(wechat.CancelWaybill) (int, string) { return 0, "success" },
		add:     func(string) string { return "success" },
		account: func(string) string { return "success" },
	}
	c.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
			c.cancels = append(c.cancels, m)
			cancel := c.cancel
			c.mu.Unlock()
			code, msg := cancel(m)
			reply = m.Reply(code, msg).Encode(f)
		} else {
			packet, err := cipher.Decrypt(encrypted(string(body)))
			if err != nil {
				tb.Error(err)
			}
			c.mu.Lock()
			c.packets = append(c.packets, string(packet))
			answer, local := c.account, c.local
			if push.Transport() {
				answer = func(string) string { return string(local(push)) }
			}
			if push.EventName() == wechat.EventAddWaybill {
				answer = c.add
			}
			c.mu.Unlock()
			if push.Transport() && local == nil {
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

func encrypted(body string) string {
	loc := encryptMember.FindStringIndex(body)
	return body[strings.LastIndexAny(body[:loc[1]], `[">`)+1 : loc[1]]
}

// answers sets what the carrier says to a question about an order, and to one
// about an account; nil leaves it as it is.
func (c *carrier) answers(add, account func(packet string) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if add != nil {
		c.add = add
	}
	if account != nil {
		c.account = account
	}
}

// answersLocal sets what the company says to pushes of instant delivery.
func (c *carrier) answersLocal(local func(*wechat.Push) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.local = local
}

// last is the packet of the last push that was no cancel, and how many there were.
func (c *carrier) last() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.packets) == 0 {
		return "", 0
	}
	return c.packets[len(c.packets)-1], len(c.packets)
}

// count is how many cancels have arrived.
func (c *carrier) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.cancels)
}

// says makes the carrier answer cancels so from now on.
func (c *carrier) says(code int, msg string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = func(wechat.CancelWaybill) (int, string) { return code, msg }
}
