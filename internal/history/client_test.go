package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// client calls the servers. What comes back is an answer of the model; a reply
// that none can be is an error, and ends the run.
type client struct {
	id    int
	http  *http.Client
	send  *wechat.Sender
	rand  *rand.Rand
	tally *tally
}

func newClient(id int, seed uint64, t *tally) (*client, error) {
	send, err := wechat.NewSender(wechat.SenderOptions{
		UserName: userName, AppID: appID, Mode: wechat.Secure, Token: pushToken, AESKey: aesKey,
	})
	return &client{
		id: id, http: &http.Client{Transport: &http.Transport{}}, send: send,
		rand: rand.New(rand.NewPCG(seed, uint64(id))), tally: t,
	}, err
}

// reply is what came back to one try.
type reply struct {
	output
	cancelledAt string // where the answer has it
	note        string // why there is no answer
	unasked     bool   // the question did not leave us
}

// noReply is for whoever got none: the server did not listen, or went away, or
// took too long.
func noReply(err error) reply {
	return reply{
		output: output{answer: unknown}, note: err.Error(),
		unasked: errors.Is(err, syscall.ECONNREFUSED),
	}
}

// impatience is how long a client waits that gives up early, as one does whose
// own deadline is near.
func (c *client) impatience() time.Duration {
	return time.Duration(1+c.rand.IntN(40)) * time.Millisecond
}

// patience is how long a client waits this time, and whether that is short.
func (c *client) patience(usual time.Duration) (time.Duration, bool) {
	if c.rand.IntN(12) == 0 {
		return c.impatience(), true
	}
	return usual, false
}

func (c *client) gaveUp(early bool, err error) {
	if early && errors.Is(err, context.DeadlineExceeded) {
		c.tally.fault("client gave up early", 1)
	}
}

// cancel pushes, as WeChat does.
func (c *client) cancel(ctx context.Context, to *addresses, m wechat.CancelWaybill) (reply, error) {
	formats := []wechat.Format{wechat.XML, wechat.JSON}
	p := sandbox.Platform{
		URL: "http://" + to.public + "/wechat/push", Sender: c.send, Client: c.http, Format: formats[c.rand.IntN(len(formats))],
	}
	var early bool
	p.Patience, early = c.patience(sandbox.Patience)
	a, err := p.Cancel(ctx, m)
	switch {
	case err != nil && a.Status == 0:
		c.gaveUp(early, err)
		return noReply(err), nil
	case err != nil:
		return reply{}, fmt.Errorf("push: %w", err)
	}
	return c.understand(a)
}

// understand is what an answer to a push says.
func (c *client) understand(a sandbox.Answer) (reply, error) {
	switch code := fmt.Sprint(a.Reply.ResultCode); code {
	case done, moving, over:
		return reply{output: output{answer: code}}, nil
	case "-1":
		c.tally.note("-1", 1)
		return reply{output: output{answer: unknown}, note: "-1"}, nil
	default:
		return reply{}, fmt.Errorf("push: ResultCode %s (%s)", code, a.Reply.ResultMsg)
	}
}

// usual is how long the carrier's systems wait: some for as long as the API may
// take, others less.
func (c *client) usual() time.Duration {
	if c.id%2 == 0 {
		return 9 * time.Second
	}
	return 3 * time.Second
}

// call calls the internal API. The error says that there was no whole answer.
func (c *client) call(ctx context.Context, to *addresses, method, path string, body any) (status int, text []byte, err error) {
	patience, early := c.patience(c.usual())
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+to.internal+path, sent)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+apiToken)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err == nil {
		defer res.Body.Close()
		status = res.StatusCode
		text, err = io.ReadAll(res.Body)
	}
	c.gaveUp(early, err)
	return status, text, err
}

// said is what the API answers, to any call.
type said struct {
	Status      int    `json:"status"`
	Type        string `json:"type"`
	Detail      string `json:"detail"`
	Kept        string `json:"kept"`
	Verdict     string `json:"verdict"`
	State       string `json:"state"`
	CancelledAt string `json:"cancelled_at"`
	By          string `json:"cancelled_by_push"`
	Scans       []struct {
		Message string `json:"action_msg"`
	} `json:"scans"`
	Pushes []struct {
		Push       string `json:"push"`
		ResultCode *int   `json:"result_code"`
		Repeat     bool   `json:"repeat"`
	} `json:"pushes"`
}

// scan is a report to the API.
type scan struct {
	BizID     string `json:"biz_id,omitempty"`
	WaybillID string `json:"waybill_id"`
	Action    int    `json:"action_type"`
	At        int64  `json:"action_time"`
	Message   string `json:"action_msg"`
	Key       string `json:"idempotency_key,omitempty"`
}

// report sends a scan, alone or as a list of one.
func (c *client) report(ctx context.Context, to *addresses, s scan) (reply, error) {
	var body any = s
	listed := c.rand.IntN(4) == 0
	if listed {
		body = []scan{s}
	}
	status, text, err := c.call(ctx, to, http.MethodPost, "/v1/scans", body)
	if err != nil {
		return noReply(err), nil
	}
	var answer said
	if listed && status == http.StatusOK {
		var all struct{ Results []said }
		if err := json.Unmarshal(text, &all); err != nil || len(all.Results) != 1 {
			return reply{}, fmt.Errorf("scan: %d %s: %w", status, text, err)
		}
		answer = all.Results[0]
	} else if err := json.Unmarshal(text, &answer); err != nil || answer.Status != status {
		return reply{}, fmt.Errorf("scan: %d %s: %w", status, text, err)
	}
	return answer.toScan()
}

const problem = "urn:carrierhook:problem:"

func (s said) toScan() (reply, error) {
	r := reply{output: output{answer: s.Verdict, status: s.State}, cancelledAt: s.CancelledAt}
	switch {
	case s.Status == http.StatusOK && (s.Verdict == recorded || s.Verdict == repeated):
	case s.Status == http.StatusConflict && s.Type == problem+"waybill_cancelled" && s.CancelledAt != "":
		r.answer = cancelled
	case s.Status == http.StatusConflict && s.Type == problem+"waybill_signed":
		r.answer = signed
	case s.Status == http.StatusServiceUnavailable && s.Kept == "nothing":
		r.answer, r.note = nothing, "503"
	case s.Status == http.StatusServiceUnavailable && s.Kept == "unknown":
		r.answer, r.note = unknown, "503, it may be kept"
	default:
		return r, fmt.Errorf("scan: %+v", s)
	}
	return r, nil
}

// readWaybill reads a waybill. Only an answer with its state is one.
func (c *client) readWaybill(ctx context.Context, to *addresses, w *waybill) (reply, said, error) {
	path := "/v1/waybills/" + url.PathEscape(w.merchant) + "/" + url.PathEscape(w.number)
	status, text, err := c.call(ctx, to, http.MethodGet, path, nil)
	if err != nil {
		return noReply(err), said{}, nil
	}
	var answer said
	switch err := json.Unmarshal(text, &answer); {
	case err != nil:
		return reply{}, answer, fmt.Errorf("read: %d %s: %w", status, text, err)
	case status == http.StatusServiceUnavailable:
		return reply{output: output{answer: unknown}, note: "503"}, answer, nil
	case status != http.StatusOK:
		return reply{}, answer, fmt.Errorf("read: %d %s", status, text)
	}
	r := reply{output: output{answer: seen}, cancelledAt: answer.CancelledAt}
	r.seen, err = w.stateOf(answer)
	return r, answer, err
}

// stateOf is the model's state in the words of the API.
func (w *waybill) stateOf(s said) (state, error) {
	now := state{status: s.State}
	if s.By != "" {
		if now.by = w.pushes[s.By]; now.by == 0 {
			return now, fmt.Errorf("waybill %s was cancelled by push %s, which nobody sent", w.number, s.By)
		}
	}
	for _, t := range s.Scans {
		var n uint8
		if _, err := fmt.Sscanf(t.Message, message, &n); err != nil || n == 0 || n > 15 || now.scans&(1<<n) != 0 {
			return now, fmt.Errorf("waybill %s: the trace has %q, which nobody sent, or twice: %w", w.number, t.Message, err)
		}
		now.scans |= 1 << n
	}
	return now, nil
}
