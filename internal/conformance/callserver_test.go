package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/memnet"
	"carrierhook/internal/wechat"
)

const callSecret = "AppSecretOfTheMiniProgram"

// caller is the part of the correct carrier that calls WeChat, with a hook for each defect.
type caller struct {
	t      testing.TB
	client *http.Client
	token  string
	secret string

	mu     sync.Mutex
	orders map[string]string // Tokens, by waybill
	queue  []Scan
	more   chan struct{}

	early     bool                                    // calls before a parcel is collected
	forgets   func(Scan) bool                         // does not call for it
	node      func(Scan) map[string]any               // changes what the call says
	path      string                                  // of the call
	succeeded func(code, status int, ok bool) bool    // takes an answer for a success
	overtake  bool                                    // goes on with the next while one has failed
	again     func(Scan) bool                         // calls once more after a success
	extra     func(Scan) map[string]any               // another node after that
	fetches   bool                                    // a token for each call
	force     any                                     // force_refresh
	stays     bool                                    // with a token that was refused
	refused   func(code int) bool                     // tells a refusal of the token
	refreshes int                                     // in one try
	insists   bool                                    // calls once more with a token that was refused
	twice     bool                                    // fetches two tokens where one is refused
	beside    func(ctx context.Context, token string) // calls at the same time
	pauses    map[int]time.Duration                   // by errcode
	alone     bool                                    // pauses the parcel, and not the path
	paused    map[string]time.Time                    // until when, by waybill
}

func newCaller(t testing.TB) *caller {
	return &caller{
		t: t, secret: callSecret, orders: map[string]string{}, more: make(chan struct{}, 1), path: updatePath,
		forgets: func(Scan) bool { return false }, again: func(Scan) bool { return false }, node: func(Scan) map[string]any { return nil },
		extra:     func(Scan) map[string]any { return nil },
		succeeded: func(code, status int, ok bool) bool { return ok && status == http.StatusOK && code == 0 },
		refused:   func(code int) bool { return slices.Contains([]int{errNotLatest, errNoToken, errExpired}, code) },
		beside:    func(context.Context, string) {},
		refreshes: 1, pauses: map[int]time.Duration{errMinute: time.Minute + time.Second, errDaily: 24 * time.Hour}, force: false, paused: map[string]time.Time{},
	}
}

// learn keeps the Tokens of what a carrier books.
func (c *caller) learn(from *carrier) {
	book := from.add
	from.add = func(carrier *carrier, m wechat.AddWaybill) wechat.AddReply {
		r := book(carrier, m)
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.ResultCode == 0 && c.orders[r.WayBillID] == "" {
			c.orders[r.WayBillID] = m.Token
		}
		return r
	}
}

// report is what the carrier's systems do.
func (c *caller) report(_ context.Context, s Scan) error {
	if s.Action == actionAssigned && !c.early || c.forgets(s) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, s)
	select {
	case c.more <- struct{}{}:
	default:
	}
	return nil
}

// run calls until ctx ends.
func (c *caller) run(ctx context.Context) {
	for ctx.Err() == nil {
		c.mu.Lock()
		i := slices.IndexFunc(c.queue, func(s Scan) bool { return !time.Now().Before(c.paused[s.WaybillID]) })
		if i < 0 {
			again := time.Hour
			if len(c.queue) > 0 {
				again = time.Second
			}
			c.mu.Unlock()
			select {
			case <-c.more:
			case <-time.After(again):
			case <-ctx.Done():
			}
			continue
		}
		s := c.queue[i]
		c.mu.Unlock()
		wait, done := c.try(ctx, s)
		c.mu.Lock()
		switch {
		case done || c.overtake && len(c.queue) > 1:
			c.queue = slices.Delete(c.queue, i, i+1)
			if !done {
				c.queue = append(c.queue, s)
				wait = 0
			}
		case c.alone:
			c.paused[s.WaybillID] = time.Now().Add(wait)
			wait = 0
		}
		c.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// try calls for a scan, with another token if the first is refused.
func (c *caller) try(ctx context.Context, s Scan) (wait time.Duration, done bool) {
	message := s.Message
	if message == "" {
		message = "运输中"
	}
	body := map[string]any{"token": c.order(s), "waybill_id": s.WaybillID, "action_time": s.Time, "action_type": s.Action, "action_msg": message}
	for name, value := range c.node(s) {
		body[name] = value
	}
	token, old := c.token, c.token
	for refresh := 0; ; refresh++ {
		if token == "" || c.fetches {
			if token = c.fetch(ctx); token == "" {
				return 5 * time.Second, false
			}
		}
		if old != "" {
			c.beside(ctx, old)
		}
		code, status, ok := c.call(ctx, token, body)
		if c.refused(code) && c.insists {
			c.call(ctx, token, body)
		}
		if c.refused(code) && refresh < c.refreshes {
			if token = ""; c.twice {
				c.fetch(ctx)
			}
			continue
		}
		if c.token = token; c.stays && old != "" {
			c.token = old
		}
		done = c.succeeded(code, status, ok)
		if done && c.again(s) {
			c.call(ctx, token, body)
		}
		if more := c.extra(s); done && more != nil {
			maps.Copy(body, more)
			c.call(ctx, token, body)
		}
		wait = c.pauses[code]
		dead := ok && code > 0 && wait == 0 && !c.refused(code)
		if wait == 0 && !done && !dead {
			wait = 5 * time.Second
		}
		return wait, done || dead
	}
}

func (c *caller) order(s Scan) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.orders[s.WaybillID]
}

// call makes a call; ok is false where no answer could be read.
func (c *caller) call(ctx context.Context, token string, body map[string]any) (code, status int, ok bool) {
	var says struct {
		ErrCode int `json:"errcode"`
	}
	status, ok = c.post(ctx, c.path+"?access_token="+token, body, &says)
	return says.ErrCode, status, ok
}

func (c *caller) fetch(ctx context.Context) string {
	var says struct {
		AccessToken string `json:"access_token"`
	}
	body := map[string]any{"grant_type": "client_credential", "appid": appID, "secret": c.secret}
	if c.force != nil {
		body["force_refresh"] = c.force
	}
	c.post(ctx, stableToken, body, &says)
	return says.AccessToken
}

func (c *caller) post(ctx context.Context, path string, body map[string]any, says any) (status int, ok bool) {
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Error(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://wechat"+path, bytes.NewReader(text))
	if err != nil {
		c.t.Error(err)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, false
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, err == nil && json.Unmarshal(answer, says) == nil
}

// serveCalls has the carrier call WeChat, until the test ends.
func (c *carrier) serveCalls(t testing.TB) *Calls {
	t.Helper()
	calls, err := NewCalls(CallOptions{
		AppID: appID, Secret: callSecret, SendScan: c.caller.report, Patience: time.Minute, Quiet: 10 * time.Second, Limits: true,
	})
	must(t, err)
	c.caller.learn(c)
	c.caller.client = memnet.Client(t, map[string]http.Handler{"wechat": calls})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); c.caller.run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return calls
}

// calling makes a carrier call, with one defect.
func calling(change func(*caller)) func(*carrier) {
	return func(c *carrier) {
		c.caller = newCaller(c.t)
		change(c.caller)
	}
}
