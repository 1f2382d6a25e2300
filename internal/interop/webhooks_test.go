//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
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
