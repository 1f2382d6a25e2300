package history

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// webhook is a delivery as a server makes it, with its signature.
func webhook(t *testing.T, r *receiver, position int, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	id, now := fmt.Sprint("evt_", position), fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(id + "." + now + "." + body))
	for name, value := range map[string]string{
		"webhook-id": id, "webhook-timestamp": now, "content-type": "application/json",
		"webhook-signature":  "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		"carrierhook-cursor": fmt.Sprint("epoch.", position),
	} {
		req.Header.Set(name, value)
	}
	return req
}

// deliver sends one, and returns the status; 0 if there was no answer.
func deliver(req *http.Request) int {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// A receiver takes what is signed, and fails as it was told to, but no event twice.
func TestReceiver(t *testing.T) {
	t.Parallel()
	for how, c := range map[string]struct {
		status int
		taken  bool
	}{
		"nothing": {200, true}, receiverError: {500, false}, receiverCut: {0, false}, receiverDeaf: {0, true}, receiverSlow: {200, true},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, "one")
			hits := newTally()
			if how != "nothing" {
				one := &trap{how: how, hits: hits}
				one.left.Store(2)
				r.trap.Store(one)
			}
			for i, want := range []int{c.status, 200} {
				if got := deliver(webhook(t, r, 7, "{}")); got != want {
					t.Errorf("delivery %d got %d, want %d", i, got, want)
				}
			}
			seen, wrong := r.all()
			if len(wrong) > 0 || len(seen) != 2 || seen[0].taken != c.taken || !seen[1].taken || seen[1].position != 7 || seen[1].id != "evt_7" {
				t.Errorf("it saw %+v, and has %q", seen, wrong)
			}
			if want := map[bool]int{true: 0, false: 1}[how == "nothing"]; hits.hits(how) != want {
				t.Errorf("%d hits, want %d", hits.hits(how), want)
			}
			events := []entry{{position: 7}, {position: 8}, {position: 9}}
			if got := r.lacks(events, 8); got != 1 {
				t.Errorf("it lacks %d, want 1", got)
			}
		})
	}
}

// What has another signature, body, id, time or type is found out.
func TestReceiverVerifies(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, "one")
	for name, value := range map[string]string{
		"webhook-id": "evt_8", "webhook-timestamp": fmt.Sprint(time.Now().Add(-time.Hour).Unix()), "content-type": "text/plain",
		"webhook-signature": "v1,AAAA", "carrierhook-cursor": "7",
	} {
		req := webhook(t, r, 7, "{}")
		req.Header.Set(name, value)
		if got := deliver(req); got != http.StatusUnauthorized {
			t.Errorf("another %s got %d", name, got)
		}
	}
	if seen, wrong := r.all(); len(wrong) != 5 || len(seen) != 0 {
		t.Errorf("it saw %+v, and has %q", seen, wrong)
	}
}

// Nobody gets an answer of one that is out of reach.
func TestReceiverGone(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, "one")
	r.gone.Store(true)
	got := deliver(webhook(t, r, 7, "{}"))
	if seen, _ := r.all(); got != 0 || len(seen) != 1 || seen[0].taken {
		t.Errorf("it answered %d, and saw %+v", got, seen)
	}
}
