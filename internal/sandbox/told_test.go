package sandbox

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// carrier is a server that answers as it is told.
type carrier struct {
	*httptest.Server
	mu      sync.Mutex
	cancels []wechat.CancelWaybill
	packets []string // of add_waybill, opened
	cancel  func(wechat.CancelWaybill) (int, string)
	add     func(packet string) string // the reply's packet
}

func newCarrier(tb testing.TB, f wechat.Format) *carrier {
	tb.Helper()
	receiver, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: account.UserName, AppID: account.AppID, Mode: account.Mode, Tokens: []string{account.Token}, AESKeys: []string{account.AESKey},
	})
	if err != nil {
		tb.Fatal(err)
	}
	cipher, err := wechat.NewCipher(account.AESKey, account.AppID)
	if err != nil {
		tb.Fatal(err)
	}
	c := &carrier{
		cancel: func(wechat.CancelWaybill) (int, string) { return 0, "success" },
		add:    func(string) string { return "success" },
	}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		push, err := receiver.Open(wechat.QueryFrom(r.URL.Query()), body)
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
			add := c.add
			c.mu.Unlock()
			if reply = []byte(add(string(packet))); string(reply) == "success" {
				_, _ = w.Write(reply)
				return
			}
		}
		sealed, err := push.Seal(reply)
		if err != nil {
			tb.Error(err)
		}
		_, _ = w.Write(sealed)
	}))
	tb.Cleanup(c.Close)
	return c
}

func encrypted(body string) string {
	loc := encryptMember.FindStringIndex(body)
	return body[strings.LastIndexAny(body[:loc[1]], `[">`)+1 : loc[1]]
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
