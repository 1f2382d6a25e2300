//go:build interop

package interop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// webhookSecret protects nothing.
const webhookSecret = "whsec_aW50ZXJvcCdzIHNlY3JldCwgZm9yIG5vdGhpbmcgZWxzZQ=="

// examples are the receivers of docs/examples, and how each is run.
var examples = map[string]func(*testing.T) *exec.Cmd{
	"go": func(t *testing.T) *exec.Cmd {
		built := filepath.Join(t.TempDir(), "receiver")
		for _, args := range [][]string{{"vet", "."}, {"build", "-o", built, "."}} {
			cmd := exec.Command("go", args...)
			cmd.Dir, cmd.Env = "../../docs/examples/receiver-go", append(os.Environ(), "GOWORK=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("go %s: %v\n%s", args, err, out)
			}
		}
		return exec.Command(built, "0")
	},
	"java": func(t *testing.T) *exec.Cmd {
		classes := t.TempDir()
		mustSay(t, "", "javac", "--release", "11", "-Xlint:all", "-Werror", "-d", classes, "../../docs/examples/receiver-java/Receiver.java")
		return exec.Command("java", "-Xmx64m", "-cp", classes, "Receiver", "0")
	},
	"php": func(t *testing.T) *exec.Cmd {
		script, err := filepath.Abs("../../docs/examples/receiver-php/receiver.php")
		storetest.Must(t, err)
		return exec.Command("php", "-S", "127.0.0.1:0", script)
	},
}

// receiver is an example that runs.
type receiver struct {
	*process
	url, dir string
}

var listening = regexp.MustCompile(`(?:listening on |Server \(http://)(127\.0\.0\.1:\d+)`)

// receive starts an example in a folder, where it keeps what it gets. PHP's server has
// several processes, as one that is meant to last.
func receive(t *testing.T, example *exec.Cmd, dir string) *receiver {
	t.Helper()
	cmd := exec.Command(example.Path, example.Args[1:]...)
	cmd.Dir, cmd.Env = dir, plainEnv("WEBHOOK_SECRET_FILE=secret", "EVENTS_FILE=events", "PHP_CLI_SERVER_WORKERS=4")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	storetest.Must(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(webhookSecret+"\n"), 0o600))
	r := &receiver{process: launch(t, cmd), dir: dir}
	t.Cleanup(r.kill)
	r.until("the address", func() bool { return listening.MatchString(r.said.String()) })
	r.url = "http://" + listening.FindStringSubmatch(r.said.String())[1] + "/carrierhook"
	return r
}

// kill ends all of its processes as a crash does.
func (r *receiver) kill() {
	select {
	case <-r.ended:
	default:
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		<-r.ended
	}
}

// kept is what it has in its file.
func (r *receiver) kept() string {
	r.tb.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "events"))
	storetest.Must(r.tb, err)
	return string(text)
}

// webhook is a request as Standard Webhooks has it.
type webhook struct {
	id, body  string
	at        time.Time
	signature string // what comes instead of the right one
	without   string // the header that is missing
}

// sign is what a sender of Standard Webhooks makes of a request, written down here once more:
// the examples shall not agree with our server only.
func (h webhook) sign() string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(webhookSecret, "whsec_"))
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", h.id, h.at.Unix(), h.body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

var sender = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 24}}

// send is the status of the answer.
func (r *receiver) send(h webhook) int {
	r.tb.Helper()
	req, err := http.NewRequestWithContext(r.tb.Context(), http.MethodPost, r.url, strings.NewReader(h.body))
	storetest.Must(r.tb, err)
	if h.signature == "" {
		h.signature = "v1," + h.sign()
	}
	for name, value := range map[string]string{"webhook-id": h.id, "webhook-timestamp": fmt.Sprint(h.at.Unix()), "webhook-signature": h.signature} {
		if name != h.without {
			req.Header.Set(name, value)
		}
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := sender.Do(req)
	storetest.Must(r.tb, err)
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	storetest.Must(r.tb, err)
	return res.StatusCode
}

// Each example takes what is signed and no other, once, and keeps it byte for byte, also
// over a crash.
func TestInteropReceivers(t *testing.T) {
	for name, build := range examples {
		t.Run(name, func(t *testing.T) {
			example, dir := build(t), t.TempDir()
			receive(t, example, dir).takes(t)
			afterCrash(t, example, dir)
		})
	}
}

const cancelled = `{"id":"evt_0","kind":"waybill.cancelled","waybill_id":"123456789"}`

func (r *receiver) takes(t *testing.T) {
	now, right := time.Now(), webhook{id: "evt_right", body: cancelled, at: time.Now()}
	another := right
	another.body = strings.Replace(cancelled, "cancelled", "collected", 1)
	unusual := webhook{id: "evt_unusual", at: now, body: "{\"kind\": \"order.placed\",\r\n\t\"reason\":\"门店已取消\u2028\U0001F4E6\xff\xfe\x7f%s\\u0000\"}\n"}
	for _, tc := range []struct {
		what    string
		sent    webhook
		status  int
		appears string // the line that is printed
	}{
		{"good", right, 204, "event evt_right waybill.cancelled\n"},
		{"again", right, 204, ""},
		{"again, signed later", webhook{id: right.id, body: cancelled, at: now.Add(time.Minute)}, 204, ""},
		{"unusual", unusual, 204, "event evt_unusual order.placed\n"},
		{"two signatures", webhook{id: "evt_two", body: cancelled, at: now, signature: "v1," + right.sign() + " v1," + webhook{id: "evt_two", body: cancelled, at: now}.sign()}, 204, "event evt_two waybill.cancelled\n"},
		{"of another id", webhook{id: "evt_no", body: cancelled, at: now, signature: "v1," + right.sign()}, 401, ""},
		{"of another body", webhook{id: "evt_no", body: cancelled, at: now, signature: "v1," + webhook{id: "evt_no", body: another.body, at: now}.sign()}, 401, ""},
		{"of another version", webhook{id: "evt_no", body: cancelled, at: now, signature: "v2," + webhook{id: "evt_no", body: cancelled, at: now}.sign()}, 401, ""},
		{"cut", webhook{id: "evt_no", body: cancelled, at: now, signature: "v1," + webhook{id: "evt_no", body: cancelled, at: now}.sign()[:20]}, 401, ""},
		{"of no base64", webhook{id: "evt_no", body: cancelled, at: now, signature: "v1,* ,, v1, v1"}, 401, ""},
		{"old", webhook{id: "evt_no", body: cancelled, at: now.Add(-6 * time.Minute)}, 401, ""},
		{"not so old", webhook{id: "evt_late", body: cancelled, at: now.Add(-4 * time.Minute)}, 204, "event evt_late waybill.cancelled\n"},
		{"of the future", webhook{id: "evt_no", body: cancelled, at: now.Add(6 * time.Minute)}, 401, ""},
		{"without an id", webhook{id: "evt_no", body: cancelled, at: now, without: "webhook-id"}, 400, ""},
		{"without a time", webhook{id: "evt_no", body: cancelled, at: now, without: "webhook-timestamp"}, 400, ""},
		{"without a signature", webhook{id: "evt_no", body: cancelled, at: now, without: "webhook-signature"}, 401, ""},
		{"a path for an id", webhook{id: "../evt_no", body: cancelled, at: now}, 400, ""},
		{"large", webhook{id: "evt_no", body: strings.Repeat(" ", 65537), at: now}, 400, ""},
	} {
		before := strings.Count(r.said.String(), "event ")
		if status := r.send(tc.sent); status != tc.status {
			t.Errorf("%s: %d, want %d\n%s", tc.what, status, tc.status, r.said)
		}
		if tc.appears != "" {
			r.await(tc.appears)
			before++
		}
		if got := strings.Count(r.said.String(), "event "); got != before {
			t.Errorf("%s: %d events were printed, want %d\n%s", tc.what, got, before, r.said)
		}
	}
	ids := []string{"evt_two", "evt_late"}
	for i := range 100 {
		ids = append(ids, fmt.Sprint("evt_together_", i))
	}
	for _, id := range ids {
		var senders sync.WaitGroup
		for range 24 { // who send the same at once
			senders.Go(func() {
				if status := r.send(webhook{id: id, body: cancelled, at: now}); status != 204 {
					t.Errorf("%s, at once: %d", id, status)
				}
			})
		}
		senders.Wait()
	}
	want := "evt_right " + cancelled + "\nevt_unusual " + strings.NewReplacer("\n", " ", "\r", " ").Replace(unusual.body) + "\n"
	for _, id := range ids {
		want += id + " " + cancelled + "\n"
	}
	if got := r.kept(); got != want {
		t.Errorf("kept\n%q\nwant\n%q", got, want)
	}
	r.kill()
}

// afterCrash starts an example on what another one left that was cut off while it wrote.
func afterCrash(t *testing.T, example *exec.Cmd, dir string) {
	file, err := os.OpenFile(filepath.Join(dir, "events"), os.O_APPEND|os.O_WRONLY, 0)
	storetest.Must(t, err)
	_, err = file.WriteString("evt_cut " + cancelled + strings.Repeat(" ", 100))
	storetest.Must(t, err)
	storetest.Must(t, file.Close())
	r := receive(t, example, dir)
	for _, id := range []string{"evt_right", "evt_cut", "evt_late"} {
		if status := r.send(webhook{id: id, body: cancelled, at: time.Now()}); status != 204 {
			t.Errorf("after a crash: %s: %d", id, status)
		}
	}
	r.await("event evt_cut waybill.cancelled\n")
	if got := r.kept(); !strings.HasSuffix(got, "\nevt_together_99 "+cancelled+"\nevt_cut "+cancelled+"\n") {
		t.Errorf("after a crash, kept\n%s", got)
	}
}
