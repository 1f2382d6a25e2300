package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"carrierhook/internal/redacted"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/wechat"
)

// CallOptions say how the calls that a carrier's server makes to WeChat are tried. All
// fields must be set, but for Limits and Now.
type CallOptions struct {
	redacted.Struct
	AppID, Secret string // with which the server gets its access tokens

	SendScan func(context.Context, Scan) error // has the carrier's systems report a scan
	Patience time.Duration                     // for a call that has to come
	Quiet    time.Duration                     // for how long none may come
	Limits   bool                              // use up the limits too, after which the server makes no calls for a day

	Now func() time.Time // nil: time.Now
}

// Calls plays WeChat's API to the server that is tried, and keeps what the server called.
// It is to be served where the server was configured to call.
type Calls struct {
	CallOptions
	wechat, controls http.Handler // of the sandbox

	mu      sync.Mutex
	changed chan struct{} // closed when a call has begun or ended
	moments int           // in which those happened
	all     []*call
	issued  map[string]*call // tokens: the call that got it first
	ended   map[string]int   // by token: the errcode that it gets
	refuse  bool             // every token, at its first use
	parcels map[string]*calledParcel
}

// call is one that the server made.
type call struct {
	path, token  string
	body         []byte
	at, over     time.Time
	began, ended int // moments; 0: it is under way
	fault        callFault
	code         int  // the errcode; -1 also where there is none
	refused      bool // its token was
}

// The paths that the cases are about.
const (
	updatePath  = "/cgi-bin/express/delivery/path/update"
	stableToken = "/cgi-bin/stable_token"
	otherToken  = "/cgi-bin/token"
)

// maxCall is more than any call of a carrier's has.
const maxCall = 1 << 20

// sandboxBizID is the merchant of all orders at the sandbox: carriers do not name it.
const sandboxBizID = "conformance"

// NewCalls makes one WeChat with one carrier.
func NewCalls(o CallOptions) (*Calls, error) {
	if o.AppID == "" || o.Secret == "" || o.SendScan == nil || o.Patience <= 0 || o.Quiet <= 0 {
		return nil, errors.New("calls need an app id, its secret, a way to report scans, and two times above 0")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	const carrierID = "CARRIER"
	api, err := sandbox.NewAPI(sandbox.APIOptions{
		Platform: &sandbox.Platform{Account: wechat.SenderOptions{UserName: "gh_conformance", AppID: o.AppID}, Now: o.Now},
		Apps:     []sandbox.App{{ID: o.AppID, Secret: o.Secret}},
	}, express.New(express.Options{
		DeliveryID: carrierID, Accounts: []express.Account{{ShopAppID: o.AppID, DeliveryID: carrierID, BizID: sandboxBizID}},
	}).Join)
	if err != nil {
		return nil, err
	}
	return &Calls{
		CallOptions: o, wechat: api.Merchant(), controls: api.Control(), changed: make(chan struct{}),
		issued: map[string]*call{}, ended: map[string]int{}, parcels: map[string]*calledParcel{},
	}, nil
}

// ServeHTTP is WeChat's answer to a call, or what goes wrong with it.
func (c *Calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if err != nil {
		panic(http.ErrAbortHandler) // its sender has gone, or sends what is no call
	}
	x := c.begin(r, body)
	a := newAnswer()
	switch {
	case x.refused:
		a.says(x.code, "invalid credential, access_token is invalid or not latest")
	case x.fault.performed():
		c.wechat.ServeHTTP(a, inside(r, body))
	default:
		x.fault.instead(a)
	}
	c.end(x, a)
	x.fault.write(w, a)
}

// begin notes that a call has come, and what is to go wrong with it.
func (c *Calls) begin(r *http.Request, body []byte) *call {
	x := &call{path: r.URL.Path, token: r.URL.Query().Get("access_token"), body: body, at: c.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse && x.token != "" && c.ended[x.token] == 0 {
		c.endTokens(errNotLatest)
	}
	if code := c.ended[x.token]; code != 0 {
		x.code, x.refused = code, true
	} else if p := c.parcels[x.node().WaybillID]; p != nil && x.path == updatePath {
		x.fault, p.fault = p.fault, ""
	}
	c.all = append(c.all, x)
	x.began = c.moment()
	return x
}

// end notes what a call was answered.
func (c *Calls) end(x *call, a *answer) {
	var says struct {
		ErrCode     int    `json:"errcode"`
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(a.Bytes(), &says) != nil {
		says.ErrCode = -1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	x.code = says.ErrCode
	x.over, x.ended = c.Now(), c.moment()
	if says.AccessToken != "" && x.fetches() && c.issued[says.AccessToken] == nil {
		c.issued[says.AccessToken] = x
	}
}

// moment tells everybody who waits that something has happened. It needs the lock.
func (c *Calls) moment() int {
	close(c.changed)
	c.changed = make(chan struct{})
	c.moments++
	return c.moments
}

// await waits until done, which is called under the lock, or for so long.
func (c *Calls) await(ctx context.Context, d time.Duration, done func() bool) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		c.mu.Lock()
		over, changed := done(), c.changed
		c.mu.Unlock()
		if over {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// spoil has the next call about a parcel go wrong.
func (c *Calls) spoil(p *calledParcel, f callFault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.fault = f
}

// refuseTokens has every token refused at its first use, or no further one.
func (c *Calls) refuseTokens(refuse bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = refuse
}

// revoke ends all tokens.
func (c *Calls) revoke(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endTokens(code)
}

// endTokens has all tokens that were given refused, and another one given to whoever calls
// for one. It needs the lock.
func (c *Calls) endTokens(code int) {
	for token := range c.issued {
		if c.ended[token] == 0 {
			c.ended[token] = code
		}
	}
	c.control("/tokens/revoke", nil)
}

// expect has WeChat know a parcel that was booked.
func (c *Calls) expect(p *calledParcel) error {
	a := c.control("/orders", map[string]any{
		"biz_id": sandboxBizID, "order_id": p.waybill, "waybill_id": p.waybill, "token": p.token, "openid": "oConformance",
	})
	if a.status != http.StatusOK {
		return fmt.Errorf("the sandbox does not take the parcel: %s", a.Bytes())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parcels[p.waybill] = p
	return nil
}

// control changes something at the sandbox.
func (c *Calls) control(path string, body any) *answer {
	text, _ := json.Marshal(body) // of texts: cannot fail
	r, _ := http.NewRequest(http.MethodPost, "http://localhost"+path, nil)
	a := newAnswer()
	c.controls.ServeHTTP(a, inside(r, text))
	return a
}

// inside is a request as the sandbox takes it: a server may call the kit by any name.
func inside(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Host, r.Body, r.ContentLength = "localhost", io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r
}
