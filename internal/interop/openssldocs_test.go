//go:build interop

package interop

import (
	"strings"
	"testing"
)

// What docs/deploying.md makes with openssl, a token of the internal API and the key
// of instant delivery, a server takes.
func TestInteropOpenSSLDocs(t *testing.T) {
	var key, made string
	for _, b := range blocks(read(t, "docs/deploying.md"), "sh") {
		switch {
		case strings.HasPrefix(b, "openssl rand"):
			key = b
		case strings.HasPrefix(b, "TOKEN=$(openssl rand"):
			made = b
		}
	}
	if key == "" || made == "" {
		t.Fatalf("docs/deploying.md makes a key by %q and a token by %q", key, made)
	}
	key = strings.TrimSpace(mustSay(t, "", "sh", "-c", key))
	lines := strings.Fields(mustSay(t, "", "sh", "-c", made+`printf '%s\n' "$TOKEN"`))
	if len(lines) != 2 {
		t.Fatalf("the token's commands say %q", lines)
	}
	s := serve(t, stocked(t), "API_TOKENS="+lines[0], "DELIVERY_KEY="+key)
	w := platform{TB: t}
	scan := `{"waybill_id":"n1","action_type":100001,"action_time":1700000000}`
	for bearer, want := range map[string]int{lines[1]: 200, lines[1] + "x": 401} {
		code, body := w.curl(s.internal+"/v1/scans", scan, "-H", "Content-Type: application/json", "-H", "Authorization: Bearer "+bearer)
		if code != want {
			t.Errorf("a call with the token: %d %s, want %d", code, body, want)
		}
	}
}
