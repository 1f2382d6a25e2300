package receiver_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox/receiver"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// sender sends events to a sandbox, and follows no redirect.
type sender struct {
	*Sandbox
	client *http.Client
}

func newSender(d *Sandbox) sender {
	client := *d.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return sender{d, &client}
}

func body(id string) string {
	return fmt.Sprintf(`{"id":%q,"kind":"waybill.cancelled","waybill_id":"W1","note":"已取消"}`, id)
}

func signature(id, timestamp, body string) string {
	mac := hmac.New(sha256.New, receiver.Key())
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// send sends a right event, to which change may do something. The error is of a
// connection that was cut.
func (d sender) send(id string, change func(*http.Request)) (res *http.Response, answer string, err error) {
	d.TB.Helper()
	timestamp := strconv.FormatInt(d.Now().Unix(), 10)
	req, err := http.NewRequest(http.MethodPost, d.ControlURL+receiver.Path, strings.NewReader(body(id)))
	if err != nil {
		d.TB.Fatal(err)
	}
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", timestamp)
	req.Header.Set("webhook-signature", signature(id, timestamp, body(id)))
	if change != nil {
		change(req)
	}
	if res, err = d.client.Do(req); err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

// status is of an answer that has to come.
func (d sender) status(id string, change func(*http.Request)) int {
	d.TB.Helper()
	res, _, err := d.send(id, change)
	if err != nil {
		d.TB.Fatal(err)
	}
	return res.StatusCode
}

func (d sender) events() []receiver.Event {
	d.TB.Helper()
	var list struct{ Events []receiver.Event }
	if err := json.Unmarshal([]byte(d.Send(http.MethodGet, d.ControlURL+receiver.Path, "")), &list); err != nil {
		d.TB.Fatal(err)
	}
	return list.Events
}

func (d sender) fault(f receiver.Fault, events int) {
	d.TB.Helper()
	d.Send(http.MethodPut, d.ControlURL+receiver.Path+"/fault", fmt.Sprintf(`{"fault":%q,"events":%d}`, f, events))
}

// What is signed is taken, shown and logged; what came before is known again. The body
// is in the list and not in the log.
func TestTakes(t *testing.T) {
	t.Parallel()
	d := newSender(StartSandbox(t, wechat.XML, nil))
	extra := func(r *http.Request) {
		r.Header.Set("carrierhook-cursor", "1.7")
		r.Header.Set("carrierhook-missed", "evt_0")
		r.Header.Set("webhook-signature", "v1,another "+r.Header.Get("webhook-signature"))
	}
	for _, id := range []string{"evt_1", "evt_2", "evt_1"} {
		if status := d.status(id, extra); status != http.StatusNoContent {
			t.Errorf("%s: %d", id, status)
		}
	}
	got := d.events()
	if len(got) != 3 || got[0].Again || got[1].Again || !got[2].Again {
		t.Fatalf("%+v", got)
	}
	if e := got[0]; e.ID != "evt_1" || e.Kind != "waybill.cancelled" || e.Cursor != "1.7" || e.Missed != "evt_0" || string(e.Body) != body("evt_1") || e.Answered != 204 {
		t.Errorf("%+v", e)
	}
	lines := d.Logs.FilterMessage("event received").All()
	if len(lines) != 3 || lines[0].ContextMap()["id"] != "evt_1" || lines[0].ContextMap()["kind"] != "waybill.cancelled" {
		t.Errorf("%+v", lines)
	}
	for _, line := range lines {
		if strings.Contains(fmt.Sprint(line.ContextMap()), "W1") {
			t.Errorf("the body is in the log: %v", line.ContextMap())
		}
	}
	d.fault(receiver.Failed, 0)
	d.Send(http.MethodPost, d.ControlURL+"/reset", "")
	if got := d.events(); len(got) != 0 || d.status("evt_1", nil) != http.StatusNoContent {
		t.Errorf("after a reset: %+v", got)
	}
	for i := range 205 {
		d.status(fmt.Sprint("evt_", i), nil)
	}
	if got := d.events(); len(got) != 200 || got[0].ID != "evt_5" || got[199].ID != "evt_204" {
		t.Errorf("%d are remembered", len(got))
	}
}

// What is not right is refused with the reason, and is in the list.
func TestRefuses(t *testing.T) {
	t.Parallel()
	d := newSender(StartSandbox(t, wechat.XML, nil))
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	moved := func(by time.Duration) func(*http.Request) {
		return func(r *http.Request) {
			at := strconv.FormatInt(d.Now().Add(by).Unix(), 10)
			r.Header.Set("webhook-timestamp", at)
			r.Header.Set("webhook-signature", signature("evt_1", at, body("evt_1")))
		}
	}
	now := strconv.FormatInt(d.Now().Unix(), 10)
	for want, change := range map[string]func(*http.Request){
		"webhook-id is missing":                            func(r *http.Request) { r.Header.Del("webhook-id") },
		"webhook-timestamp is no number of seconds":        set("webhook-timestamp", "now"),
		"more than five minutes from now":                  moved(-301 * time.Second),
		"webhook-timestamp is more than five minutes":      moved(301 * time.Second),
		"no signature of webhook-signature is":             set("webhook-signature", signature("evt_1", now, body("evt_2"))),
		"no signature of webhook-signature is that of the": func(r *http.Request) { r.Header.Del("webhook-signature") },
		"webhook-id is not the id in the body": func(r *http.Request) {
			r.Header.Set("webhook-id", "evt_9")
			r.Header.Set("webhook-signature", signature("evt_9", now, body("evt_1")))
		},
	} {
		res, says, err := d.send("evt_1", change)
		if err != nil || res.StatusCode != http.StatusUnauthorized || !strings.Contains(says, want) {
			t.Errorf("%s: %v %q %v", want, res, says, err)
		}
		if got := d.events(); !strings.Contains(got[len(got)-1].Wrong, want) || got[len(got)-1].Answered != 401 {
			t.Errorf("%s: %+v", want, got[len(got)-1])
		}
	}
	if status := d.status("evt_1", nil); status != http.StatusNoContent || d.events()[7].Again {
		t.Error("what was refused counts as taken")
	}
}

// Each fault is committed for as many events as are set.
func TestFaults(t *testing.T) {
	t.Parallel()
	d := newSender(StartSandbox(t, wechat.XML, nil))
	for i, tc := range []struct {
		fault  receiver.Fault
		status int // 0: the connection is cut
	}{
		{receiver.Failed, 500},
		{receiver.TooMany, 429},
		{receiver.Gone, 410},
		{receiver.Redirect, 307},
		{receiver.CutBefore, 0},
		{receiver.CutAfter, 0},
		{receiver.Accepted, 202},
		{receiver.LargeAnswer, 200},
	} {
		d.fault(tc.fault, 1)
		id := fmt.Sprint("evt_", i)
		res, says, err := d.send(id, nil)
		switch {
		case tc.status == 0:
			if err == nil {
				t.Errorf("%s: %d", tc.fault, res.StatusCode)
			}
		case err != nil || res.StatusCode != tc.status:
			t.Errorf("%s: %v, %v", tc.fault, res, err)
		case tc.fault == receiver.TooMany && res.Header.Get("Retry-After") != "5":
			t.Errorf("%s: %v", tc.fault, res.Header)
		case tc.fault == receiver.Redirect && res.Header.Get("Location") != receiver.Path+"?redirected":
			t.Errorf("%s: %v", tc.fault, res.Header)
		case tc.fault == receiver.LargeAnswer && len(says) != 64<<20:
			t.Errorf("%s: %d bytes", tc.fault, len(says))
		}
		if status := d.status(id, nil); status != http.StatusNoContent {
			t.Errorf("after %s: %d", tc.fault, status)
		}
		got := d.events()
		if e := got[2*i]; e.Fault != tc.fault || e.Answered != tc.status || (e.Kind == "") != (tc.fault == receiver.CutBefore) {
			t.Errorf("%s: %+v", tc.fault, e)
		}
		if got[2*i+1].Again != (tc.status/100 == 2) {
			t.Errorf("%s: afterwards %+v", tc.fault, got[2*i+1])
		}
	}
	d.fault(receiver.Failed, 0)
	for range 2 {
		if status := d.status("evt_all", nil); status != 500 {
			t.Errorf("a fault of all events: %d", status)
		}
	}
	d.Send(http.MethodDelete, d.ControlURL+receiver.Path+"/fault", "")
	if d.status("evt_all", nil) != http.StatusNoContent {
		t.Error("a fault does not end")
	}
	for _, wrong := range []string{`{"fault":"nonsense"}`, `{"fault":"hang","events":-1}`, `{"fault":"hang","pushes":1}`, ``} {
		if status, says := d.Exchange(http.MethodPut, d.ControlURL+receiver.Path+"/fault", wrong); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", wrong, status, says)
		}
	}
}

// Slow is two seconds; what has no end ends with the sender's patience or after a minute.
func TestSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newSender(StartInMemory(t, wechat.XML, nil))
		for _, tc := range []struct {
			fault receiver.Fault
			takes time.Duration
		}{{receiver.Slow, 2 * time.Second}, {receiver.Hang, time.Minute}, {receiver.Switch, time.Minute}, {receiver.EndlessAnswer, time.Minute}, {"", 0}} {
			d.fault(tc.fault, 1)
			begun := time.Now()
			res, _, err := d.send("evt_1", nil)
			if took := time.Since(begun); took != tc.takes || (err != nil) != (tc.fault == receiver.Hang) {
				t.Errorf("%q: %v, %v", tc.fault, took, err)
			}
			if tc.fault == receiver.Switch && res.StatusCode != http.StatusSwitchingProtocols {
				t.Errorf("%q: %d", tc.fault, res.StatusCode)
			}
		}
	})
}
