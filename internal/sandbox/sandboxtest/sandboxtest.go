// Package sandboxtest starts a sandbox with a carrier behind it, for tests of the
// sandbox. It has the requests that merchants and carriers make, and what is answered
// to them. It knows no rule of the sandbox: what is right is for the tests to say.
package sandboxtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/memnet"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/sandbox/instant"
	"carrierhook/internal/sandbox/receiver"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Sandbox is WeChat with a carrier, as a test sees it.
type Sandbox struct {
	*sandbox.API
	Instant                 *instant.API
	TB                      testing.TB
	Client                  *http.Client
	Carrier                 *Carrier
	MerchantURL, ControlURL string
	Logs                    *observer.ObservedLogs

	mu    sync.Mutex
	texts map[string]int // the errcode that each errmsg came with
}

// Options are those of all parts of a sandbox.
type Options struct {
	sandbox.APIOptions
	Express express.Options
	Instant instant.Options
}

// dice are the same in every run.
type dice struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func (d *dice) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.src.Read(b)
}

// StartSandbox starts a sandbox with its carrier. change may be nil.
func StartSandbox(tb testing.TB, f wechat.Format, change func(*Options)) *Sandbox {
	tb.Helper()
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		tb.Cleanup(s.Close)
		return s.URL
	}
	d := &Sandbox{TB: tb, Client: http.DefaultClient, Carrier: newCarrier(tb, f)}
	d.start(f, serve(d.Carrier), change)
	d.MerchantURL, d.ControlURL = serve(d.Merchant()), serve(d.Control())
	return d
}

// StartInMemory is StartSandbox inside a bubble of testing/synctest.
func StartInMemory(tb testing.TB, f wechat.Format, change func(*Options)) *Sandbox {
	tb.Helper()
	d := &Sandbox{TB: tb, Carrier: newCarrier(tb, f), MerchantURL: "http://127.0.0.1", ControlURL: "http://localhost"}
	d.start(f, "http://carrier", func(o *Options) {
		o.Platform.Client = InMemory(tb, map[string]http.Handler{"carrier": d.Carrier})
		if change != nil {
			change(o)
		}
	})
	d.Client = InMemory(tb, map[string]http.Handler{"127.0.0.1": d.Merchant(), "localhost": d.Control()})
	return d
}

// start makes the sandbox of a carrier.
func (d *Sandbox) start(f wechat.Format, url string, change func(*Options)) {
	tb := d.TB
	tb.Helper()
	p, err := sandbox.New(url, AccountOptions, f)
	if err != nil {
		tb.Fatal(err)
	}
	p.Patience, p.Tries = WaitPatience, 2
	p.Now = func() time.Time { return time.Unix(0x6299e87e, 0) }
	p.Rand = &dice{src: rand.NewChaCha8([32]byte{1})}
	elsewhere := SampleOrder("elsewhere", "W2")
	elsewhere.OpenID, elsewhere.AddSource = "", 2
	core, logs := observer.New(zapcore.DebugLevel)
	d.Logs, d.texts = logs, map[string]int{}
	o := Options{
		APIOptions: sandbox.APIOptions{
			Platform: p,
			Apps:     []sandbox.App{{ID: "wxABCD", Secret: sandbox.Secret, Shop: shop}, {ID: "wxOther", Secret: sandbox.Secret}},
			Log:      zap.New(core),
		},
		Express: express.Options{
			DeliveryID: "SF",
			Accounts:   []express.Account{{ShopAppID: "wxABCD", DeliveryID: "SF", BizID: "xyz", BizPwd: Password}},
			Orders:     []express.Order{SampleOrder("order", "W1"), elsewhere},
		},
	}
	if change != nil {
		change(&o)
	}
	d.Instant = instant.New(o.Instant)
	if d.API, err = sandbox.NewAPI(o.APIOptions, express.New(o.Express).Join, d.Instant.Join, receiver.New(o.Log).Join); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, e := range logs.All() {
			fields := e.ContextMap()
			delete(fields, "took") // its digits may be anything
			line := e.Message + fmt.Sprint(fields)
			for _, secret := range append([]string{Password, User, Street, Mobile, AccountOptions.Token}, InstantSecrets...) {
				if strings.Contains(line, secret) {
					tb.Errorf("%s is in the log: %s", secret, line)
				}
			}
		}
	})
}

// WaitPatience bounds waits that only a hang makes as long.
const WaitPatience = 2 * time.Minute

// InMemory is a client of servers, by the names of their hosts, for bubbles of
// testing/synctest.
func InMemory(tb testing.TB, servers map[string]http.Handler) *http.Client {
	tb.Helper()
	// A bubble's clock begins in the year 2000, when a time in seconds had nine digits.
	time.Sleep(10 * 365 * 24 * time.Hour)
	return memnet.Client(tb, servers)
}
