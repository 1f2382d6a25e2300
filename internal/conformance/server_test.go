package conformance

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

const (
	userName = "gh_carrier"
	appID    = "wxb11529c136998cb6"
	token    = "TokenOfTheTest"
	oldToken = "PreviousTokenOfTheTest"
	oldKey   = "zyxwvutsrqponmlkjihgfedcba9876543210ABCDEFG"
	newToken = "NextTokenOfTheTest"
	newKey   = "9876543210abcdefghijklmnopqrstuvwxyzABCDEFG"
	aesKey   = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	password = "PasswordOfTheTest"
	window   = 10 * time.Minute
	maxBody  = 256 << 10
)

// What the server knows, the present first.
var (
	tokens = []string{token, newToken, oldToken}
	keys   = []string{aesKey, newKey, oldKey}
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func account(m wechat.Mode) wechat.SenderOptions {
	return wechat.SenderOptions{UserName: userName, AppID: appID, Mode: m, Token: token, AESKey: aesKey}
}

// carrier is a small correct server of its own, with a hook for each defect.
// It keeps its waybills in memory.
type carrier struct {
	t        testing.TB
	mode     wechat.Mode
	receiver *wechat.Receiver

	mu        sync.Mutex
	codes     map[string]int        // by waybill
	cancelled map[string][32]byte   // by waybill: the push that did it
	bodies    map[[16]byte][16]byte // by signature: the first, in plain mode
	books     books
	parcels   parcels
	caller    *caller // nil: it makes no calls

	verify     func(*carrier, wechat.Query) (int, string)
	instead    func(wechat.Query, []byte) (says string, done bool)                          // of all that follows, with HTTP 200
	accept     func(*carrier, *wechat.Query, []byte, http.Header) (body []byte, status int) // before it is opened
	decide     func(*carrier, wechat.CancelWaybill) (int, string)
	other      string
	mute       string // an event that it does not answer
	add        func(*carrier, wechat.AddWaybill) wechat.AddReply
	account    func(c *carrier, event, bizID string, pwd wechat.Password) (code int, quota int64)
	place      func(*carrier, wechat.InstantOrder) wechat.InstantReply
	onFollowUp func(*carrier, wechat.InstantFollowUp) wechat.InstantReply
	reply      func(*wechat.CancelReply, wechat.CancelWaybill)
	quotaReply func(*wechat.QuotaReply)
	packet     func(wechat.Format, []byte) []byte
	seal       func(*carrier, *wechat.Push, wechat.Query, []byte) []byte
	sealsAll   bool // also what is no reply
	tooLarge   int
	anyBody    bool                                  // taken with any signature, in plain mode
	wait       func(r *http.Request, id string) bool // before a decision about a waybill or an order; false: the caller has gone
}

func newCarrier(t testing.TB, m wechat.Mode, w time.Duration) *carrier {
	t.Helper()
	r, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: userName, AppID: appID, Mode: m, Tokens: tokens, AESKeys: keys, Window: w,
	})
	must(t, err)
	return &carrier{
		t: t, mode: m, receiver: r, codes: map[string]int{}, cancelled: map[string][32]byte{}, bodies: map[[16]byte][16]byte{}, other: "success", tooLarge: maxBody,
		books:      books{orders: map[string]order{}, refused: map[string]bool{}, left: balance},
		parcels:    parcels{orders: map[string]*parcel{}, said: map[[32]byte]wechat.InstantReply{}},
		add:        (*carrier).book,
		place:      (*carrier).placeOrder,
		onFollowUp: (*carrier).followUp,
		account:    func(c *carrier, _, bizID string, pwd wechat.Password) (int, int64) { return c.balanceOf(bizID, pwd) },
		quotaReply: func(*wechat.QuotaReply) {},
		verify: func(c *carrier, q wechat.Query) (int, string) {
			echo, err := c.receiver.VerifyURL(q)
			if err != nil {
				return http.StatusForbidden, ""
			}
			return http.StatusOK, echo
		},
		instead: func(wechat.Query, []byte) (string, bool) { return "", false },
		accept:  func(_ *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) { return body, 0 },
		decide:  (*carrier).cancel,
		wait:    func(*http.Request, string) bool { return true },
		reply:   func(*wechat.CancelReply, wechat.CancelWaybill) {},
		packet:  func(_ wechat.Format, b []byte) []byte { return b },
		seal: func(c *carrier, p *wechat.Push, _ wechat.Query, packet []byte) []byte {
			body, err := p.Seal(packet)
			if err != nil {
				c.t.Error(err)
			}
			return body
		},
	}
}

// cancel is a carrier's rule: the push that cancelled a waybill gets 0 again.
func (c *carrier) cancel(m wechat.CancelWaybill) (int, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	code, known := c.codes[m.WayBillID]
	by, done := c.cancelled[m.WayBillID]
	switch {
	case !known || m.BizPwd != password:
		return 30001, "no such waybill"
	case done && by == m.Identity():
		return 0, "success"
	case done:
		return 30003, "cancelled before"
	case code == 0:
		c.cancelled[m.WayBillID] = m.Identity()
		if _, was := c.books.orders[m.OrderID]; was {
			c.books.left++
		}
	}
	return code, "as it was set"
}

// replayed tells whether a signature that covers no body has come with another before.
func (c *carrier) replayed(b *wechat.Binding) bool {
	if b == nil || c.anyBody {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.bodies[b.Signature]; !there {
		c.bodies[b.Signature] = b.Body
	}
	return c.bodies[b.Signature] != b.Body
}

func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := wechat.QueryFrom(r.URL.RawQuery)
	if r.Method == http.MethodGet {
		status, echo := c.verify(c, q)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, echo)
		return
	}
	// Read whole all the same: a connection closed early costs half a second.
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) > c.tooLarge {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if says, done := c.instead(q, body); done {
		_, _ = io.WriteString(w, says)
		return
	}
	body, status := c.accept(c, &q, body, r.Header)
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	push, err := c.receiver.Open(q, body)
	if err != nil || c.replayed(push.Binding) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if push.EventName() != wechat.EventCancelWaybill {
		if m, err := push.AddWaybill(); err == nil && m.BizID == "xyz" && !c.wait(r, m.OrderID) {
			return
		}
		if m, err := push.InstantOrder(); err == nil && push.EventName() == wechat.EventReaddOrder && !c.wait(r, m.ShopOrderID) {
			return
		}
		packet, err := c.answer(push)
		switch {
		case err != nil:
			w.WriteHeader(http.StatusInternalServerError)
		case string(packet) == c.other && !c.sealsAll:
			_, _ = w.Write(packet)
		default:
			_, _ = w.Write(c.seal(c, push, q, c.packet(push.Format, packet)))
		}
		return
	}
	m, err := push.CancelWaybill()
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if strings.HasPrefix(m.WayBillID, "W") && !c.wait(r, m.WayBillID) {
		return
	}
	reply := m.Reply(c.decide(c, m))
	c.reply(&reply, m)
	_, _ = w.Write(c.seal(c, push, q, c.packet(push.Format, reply.Encode(push.Format))))
}

// serve starts the carrier, inside a bubble, with enough waybills for every case in
// two formats.
func (c *carrier) serve(t testing.TB) Options {
	t.Helper()
	o := Options{
		URL: "http://carrier/push", Account: account(c.mode), Formats: []wechat.Format{wechat.XML, wechat.JSON}, Client: sandboxtest.InMemory(t, map[string]http.Handler{"carrier": c}),
		Merchant: merchant(), Shop: shop(), Previous: Secrets{Token: oldToken, AESKey: oldKey}, Next: Secrets{Token: newToken, AESKey: newKey},
	}
	for i, code := range []int{0, 0, 0, 0, 0, 0, 0, 0, 30002, 30003, 30004, -1} {
		id := "W" + strconv.Itoa(i)
		c.codes[id] = code
		o.Waybills = append(o.Waybills, Waybill{Code: code, BizID: "xyz", BizPwd: password, OrderID: "order-" + id, WayBillID: id})
	}
	if c.caller != nil {
		o.Calls = c.serveCalls(t)
	}
	return o
}
