package wechat

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"carrierhook/internal/wechat/packet"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The account that WeChat's samples and our vectors share.
const (
	userName = "gh_abcdefg"
	appID    = "wxb11529c136998cb6"
	token    = "pamtest"
	aesKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	nonce    = "1320562132"
)

var (
	sampleTime = time.Unix(1533042556, 0)
	random     = [16]byte([]byte("aaaabbbbccccdddd"))
	formats    = []Format{XML, JSON}
)

// sampleCancel is what WeChat's sample request says.
var sampleCancel = CancelWaybill{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "cancel_waybill",
	BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
	OrderID: "012345678901234567890123456789", WayBillID: "123456789",
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	must(t, err)
	return b
}

// options are those of a receiver that opens the samples at their own time.
func options(mode Mode) ReceiverOptions {
	return ReceiverOptions{
		UserName: userName, AppID: appID, Mode: mode,
		Tokens: []string{token}, AESKeys: []string{aesKey},
		Window: 10 * time.Minute,
		Now:    func() time.Time { return sampleTime },
		Rand:   bytes.NewReader(bytes.Repeat([]byte("ddddccccbbbbaaaa"), 64)),
	}
}

func newReceiver(t testing.TB, o ReceiverOptions) *Receiver {
	t.Helper()
	r, err := NewReceiver(o)
	must(t, err)
	return r
}

func newSender(t testing.TB, mode Mode) *Sender {
	t.Helper()
	s, err := NewSender(SenderOptions{UserName: userName, AppID: appID, Mode: mode, Token: token, AESKey: aesKey})
	must(t, err)
	return s
}

func newCipher(t testing.TB, key, id string) *Cipher {
	t.Helper()
	c, err := NewCipher(key, id)
	must(t, err)
	return c
}

// refusedBy fails the test unless err is a refusal by that check.
func refusedBy(t testing.TB, err error, want Check) *Refusal {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got %v, want a refusal by %v", err, want)
	}
	if r.Check != want {
		t.Fatalf("refused by %v (%s), want %v", r.Check, r.Detail, want)
	}
	if r.Detail == "" {
		t.Errorf("refused by %v without a detail", r.Check)
	}
	return r
}

// parse is Parse for what must be refused by that check where it is no document.
func parse(body []byte, check Check) (*packet.Node, Format, error) {
	doc, format, err := packet.Parse(body)
	if err != nil {
		return nil, 0, refuse(check, "%v", err)
	}
	return &doc, format, nil
}

// golden compares got with a file of testdata/golden, byte for byte.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		must(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s", path, got, want)
	}
}

// spoilt is one change to a good reply in JSON.
type spoilt struct{ name, old, new string }

// refuseSpoilt spoils a good reply in one place at a time, and wants each refused.
func refuseSpoilt(t *testing.T, good []byte, changes []spoilt, decode func(body []byte) error) {
	t.Helper()
	must(t, decode(good))
	for _, c := range changes {
		body := bytes.Replace(good, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(body, good) {
			t.Errorf("%s: nothing to spoil", c.name)
		}
		t.Run(c.name, func(t *testing.T) { refusedBy(t, decode(body), CheckMessage) })
	}
}

// identityChange is a change to a message, and whether it stays the same push.
type identityChange[M any] struct {
	name   string
	change func(*M)
	same   bool
}

// checkIdentity compares the identity of a message with the stored one, which was
// computed without this code: the parts, each behind its length in eight bytes, most
// significant first. Then it changes the message in one place at a time.
func checkIdentity[M interface{ Identity() [32]byte }](t *testing.T, stored string, message func() M, changes []identityChange[M]) {
	t.Helper()
	id := message().Identity()
	if got := hex.EncodeToString(id[:]); got != stored {
		t.Errorf("identity %s, want %s", got, stored)
	}
	for _, c := range changes {
		m := message()
		c.change(&m)
		if got := m.Identity() == id; got != c.same {
			t.Errorf("%s: same %v, want %v", c.name, got, c.same)
		}
	}
}

var betweenTags = regexp.MustCompile(`>\s+<`)

// compact takes a sample's layout out and leaves the order of its members.
func compact(t testing.TB, f Format, doc []byte) []byte {
	t.Helper()
	if f == XML {
		return betweenTags.ReplaceAll(bytes.TrimSpace(doc), []byte("><"))
	}
	var b bytes.Buffer
	must(t, json.Compact(&b, doc))
	return b.Bytes()
}
