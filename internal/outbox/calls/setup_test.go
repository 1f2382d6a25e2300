package calls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/outbox"
	"carrierhook/internal/store/events"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat/client"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tokenPath, quotaPath = "/cgi-bin/stable_token", "/cgi-bin/openapi/quota/get"

// fakeWeChat answers as a test says, and keeps what it was called with.
type fakeWeChat struct {
	mu      sync.Mutex
	answers map[string]string // by path
	quota   string
	got     []string // path and body, but of tokens
}

func (f *fakeWeChat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch path := r.URL.Path; {
	case path == tokenPath && f.answers[path] == "":
		_, _ = io.WriteString(w, `{"access_token":"AT-secret","expires_in":7200}`)
		return
	case path == quotaPath:
		_, _ = io.WriteString(w, f.quota)
	default:
		_, _ = io.WriteString(w, f.answers[path])
	}
	f.got = append(f.got, r.URL.Path+" "+string(body))
}

func (f *fakeWeChat) set(path, answer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[path] = answer
}

func (f *fakeWeChat) setQuota(limit, remaining int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.quota = fmt.Sprintf(`{"errcode":0,"errmsg":"ok","quota":{"daily_limit":%d,"used":%d,"remain":%d},"rate_limit":{"call_count":6000,"refresh_second":60}}`, limit, limit-remaining, remaining)
}

// calls are what it was called with since the last time.
func (f *fakeWeChat) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.got
	f.got = nil
	return got
}

// reader reads what a test says.
type reader struct {
	node   waybill.PathNode
	status delivery.StatusCall
	review waybill.ReviewCall
	booked map[string]bool
	err    error
	n      int // how often BookedByWeChat was called
}

func (r *reader) PathNode(context.Context, *event.Event) (waybill.PathNode, error) {
	return r.node, r.err
}

func (r *reader) OrderStatusCall(context.Context, *event.Event) (delivery.StatusCall, error) {
	return r.status, r.err
}

func (r *reader) ReviewCall(context.Context, *event.Event) (waybill.ReviewCall, error) {
	return r.review, r.err
}

func (r *reader) BookedByWeChat(context.Context, []string) (map[string]bool, error) {
	r.n++
	return r.booked, r.err
}

var errAway = errors.New("the database has T-secret and is away")

// newSender makes a Sender of a call, and the WeChat that it calls.
func newSender(t *testing.T, c Call) (*Sender, *fakeWeChat, *prometheus.Registry) {
	t.Helper()
	f := &fakeWeChat{answers: map[string]string{}}
	f.setQuota(1000, 900)
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	wechat, err := client.New(client.Options{URL: server.URL, AppID: "wx1", Secret: "hush"})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	s := New(Options{Account: "main", UserName: "gh_1", Client: wechat, Call: c, Metrics: NewMetrics(registry),
		Transient: func(err error) bool { return errors.Is(err, errAway) }, Logger: zap.NewNop()})
	t.Cleanup(s.Close)
	return s, f, registry
}

// scanned is the event of a scan.
func scanned(account string, action int, before, after waybill.Status) events.Delivery {
	return written(event.Event{Kind: event.WaybillScanned, Account: account, Body: event.Body{
		BizID: "B", WaybillID: "W1", ActionType: action, ActionTime: 1796046764, StatusBefore: string(before), Status: string(after), Source: event.Source{Token: "api"},
	}})
}

func written(e event.Event) events.Delivery {
	e.Time, e.ID = time.Unix(1796046764, 0), event.NewID(e.Kind, "parcel", "cause")
	return events.Delivery{Stored: events.Stored{ID: e.ID, Kind: e.Kind, Body: e.AppendJSON(nil)}}
}

// moved is a scan that WeChat hears of.
func moved() events.Delivery {
	return scanned("gh_1", 200001, waybill.Collected, waybill.InTransit)
}

func send(t *testing.T, s *Sender, d events.Delivery) outbox.Result {
	t.Helper()
	if ok, again := s.Admit(time.Now()); !ok {
		t.Fatalf("no room before %v", again)
	}
	return s.Send(t.Context(), &d, "cursor")
}

// bodyOf is the body of a call, as text.
func bodyOf(t *testing.T, call string) string {
	t.Helper()
	_, body, _ := strings.Cut(call, " ")
	if !json.Valid([]byte(body)) {
		t.Fatalf("no JSON: %s", call)
	}
	return body
}
