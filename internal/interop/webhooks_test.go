//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// received is a webhook as it came.
type received struct {
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

// judged is what the package standardwebhooks makes of one.
type judged struct {
	Signature string `json:"signature"` // that it would have signed with
	Wrong     string `json:"wrong"`     // "" if it takes it
}

func judge(t *testing.T, list ...received) (verdicts []judged) {
	t.Helper()
	input, err := json.Marshal(list)
	storetest.Must(t, err)
	storetest.Must(t, json.Unmarshal([]byte(mustSay(t, string(input), "node", "webhooks.cjs", filepath.Join(tools, "npm"))), &verdicts))
	if len(verdicts) != len(list) {
		t.Fatalf("%d verdicts of %d", len(verdicts), len(list))
	}
	return verdicts
}

// The signatures that the examples are tried with are those of the package.
func TestInteropSignaturesOfTests(t *testing.T) {
	h := webhook{id: "evt_1", body: strings.Replace(cancelled, "}", `,"note":"已取消"}`, 1), at: time.Now()}
	signed := received{webhookSecret, map[string]string{"webhook-id": h.id, "webhook-timestamp": fmt.Sprint(h.at.Unix()), "webhook-signature": "v1," + h.sign()}, []byte(h.body)}
	changed := signed
	changed.Body = []byte(cancelled)
	got := judge(t, signed, changed)
	if got[0].Signature != signed.Headers["webhook-signature"] || got[0].Wrong != "" || got[1].Wrong == "" {
		t.Errorf("ours is %s: %+v", signed.Headers["webhook-signature"], got)
	}
}

// listener takes webhooks as they come, for the package to judge.
type listener struct {
	*httptest.Server
	came chan received
}

func listen(t *testing.T) listener {
	l := listener{came: make(chan received, 100)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		headers := map[string]string{}
		for name := range r.Header {
			headers[strings.ToLower(name)] = r.Header.Get(name)
		}
		l.came <- received{Headers: headers, Body: body}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(l.Close)
	return l
}

// next is the next webhook, as an endpoint with that secret has it.
func (l listener) next(t *testing.T, secret string) received {
	t.Helper()
	select {
	case r := <-l.came:
		r.Secret = secret
		return r
	case <-time.After(patience):
		t.Fatal("no webhook came")
		return received{}
	}
}

// A cancel reaches each of the examples, and an endpoint whose secret is being changed:
// the package takes what comes there with the new secret and with the one before, and with no
// other.
func TestInteropWebhooks(t *testing.T) {
	const before = "whsec_dGhlIHNlY3JldCB0aGF0IHdhcyBiZWZvcmUgdGhpcyBvbmU="
	l, dir := listen(t), t.TempDir()
	for name, secret := range map[string]string{"new": webhookSecret, "before": before} {
		storetest.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(secret+"\n"), 0o600))
	}
	settings := fmt.Sprintf("events:\n  endpoints:\n    - {name: changing, url: %q, secret_file: new, previous_secret_file: before, kinds: [waybill.cancelled]}\n", l.URL)
	receivers := map[string]*receiver{}
	for name, build := range examples {
		receivers[name] = receive(t, build(t), t.TempDir())
		settings += fmt.Sprintf("    - {name: %s, url: %q, secret_file: new}\n", name, receivers[name].url)
	}
	storetest.Must(t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(settings), 0o600))
	w := direct(t, serveIn(t, dir, stocked(t), "WECHAT_MODE=plain"))
	for i := range 3 {
		w.cancelled(i)
		got := l.next(t, webhookSecret)
		var said struct {
			ID, Kind  string
			WaybillID string `json:"waybill_id"`
		}
		storetest.Must(t, json.Unmarshal(got.Body, &said))
		if said.ID != got.Headers["webhook-id"] || said.Kind != "waybill.cancelled" || said.WaybillID != fmt.Sprint("parcel", i) {
			t.Errorf("%s came as %v", got.Body, got.Headers)
		}
		old, another := got, got
		old.Secret, another.Secret = before, "whsec_bm9ib2R5IGhhcyBldmVyIGhlYXJkIG9mIHRoaXMgb25l"
		if v := judge(t, got, old, another); v[0].Wrong != "" || v[1].Wrong != "" || v[2].Wrong == "" {
			t.Errorf("%v: %+v", got.Headers, v)
		}
		for _, r := range receivers {
			r.await("event " + said.ID + " waybill.cancelled\n")
		}
	}
}
