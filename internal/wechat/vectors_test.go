package wechat

import (
	"encoding/json"
	"testing"
	"time"
)

type vector struct {
	ID, Kind, Token, Timestamp, Nonce, Signature string
	MsgSignature                                 string `json:"msg_signature"`
	EncodingAESKey                               string `json:"encoding_aes_key"`
	AppID                                        string
	EchoStr, Reply                               string
	Random, Msg, Encrypt                         string
	MsgLen                                       int `json:"msg_len"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	var file struct {
		Official []vector
		SelfMade []vector `json:"self_made"`
	}
	must(t, json.Unmarshal(sample(t, "vectors.json"), &file))
	return append(file.Official, file.SelfMade...)
}

// TestVectors compares the cryptography with WeChat's own figures, and with others
// that were made without this code. The kind delivery_sign belongs to instant
// delivery, which this package does not speak yet; an unknown kind is a failure.
func TestVectors(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, v := range vectors(t) {
		seen[v.Kind]++
		t.Run(v.ID, func(t *testing.T) {
			if v.Signature != "" {
				if got := Sign(v.Token, v.Timestamp, v.Nonce); got != v.Signature {
					t.Errorf("signature %s, want %s", got, v.Signature)
				}
			}
			switch v.Kind {
			case "plain_signature", "delivery_sign":
			case "url_verify_plain":
				checkEcho(t, v)
			case "encrypt", "decrypt":
				checkEnvelope(t, v)
			default:
				t.Errorf("unknown kind %q", v.Kind)
			}
		})
	}
	want := map[string]int{"url_verify_plain": 1, "plain_signature": 2, "decrypt": 12, "encrypt": 6, "delivery_sign": 2}
	for kind, n := range want {
		if seen[kind] != n {
			t.Errorf("%d vectors of kind %s, want %d", seen[kind], kind, n)
		}
	}
}

func checkEcho(t *testing.T, v vector) {
	r := newReceiver(t, ReceiverOptions{UserName: "gh_any", Mode: Plain, Tokens: []string{v.Token}})
	got, err := r.VerifyURL(Query{Signature: v.Signature, Timestamp: v.Timestamp, Nonce: v.Nonce, EchoStr: v.EchoStr})
	must(t, err)
	if got != v.Reply {
		t.Errorf("echo %q, want %q", got, v.Reply)
	}
}

// checkEnvelope goes both ways, whichever of them the vector was made for.
func checkEnvelope(t *testing.T, v vector) {
	c := newCipher(t, v.EncodingAESKey, v.AppID)
	if got := c.Encrypt([16]byte([]byte(v.Random)), []byte(v.Msg)); got != v.Encrypt {
		t.Errorf("encrypted\n got %s\nwant %s", got, v.Encrypt)
	}
	msg, err := c.Decrypt(v.Encrypt)
	must(t, err)
	if string(msg) != v.Msg {
		t.Errorf("decrypted\n got %s\nwant %s", msg, v.Msg)
	}
	if v.MsgLen != 0 && len(msg) != v.MsgLen {
		t.Errorf("%d bytes, want %d", len(msg), v.MsgLen)
	}
	if v.MsgSignature != "" {
		if got := Sign(v.Token, v.Timestamp, v.Nonce, v.Encrypt); got != v.MsgSignature {
			t.Errorf("msg_signature %s, want %s", got, v.MsgSignature)
		}
	}
}

// TestOfficialPush opens WeChat's own worked example from the query to the
// message.
func TestOfficialPush(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		if v.ID != "secure-post-json" {
			continue
		}
		r := newReceiver(t, ReceiverOptions{
			UserName: "gh_97417a04a28d", AppID: v.AppID, Mode: Secure,
			Tokens: []string{v.Token}, AESKeys: []string{v.EncodingAESKey},
			Window: time.Minute, Now: func() time.Time { return time.Unix(1714112445, 0) },
		})
		p, err := r.Open(Query{MsgSignature: v.MsgSignature, Timestamp: v.Timestamp, Nonce: v.Nonce},
			sample(t, "debug_demo.secure.request.json"))
		must(t, err)
		if p.EventName() != "debug_demo" || p.Format != JSON || p.Mode != Secure {
			t.Errorf("opened as event %q, %v, %v", p.EventName(), p.Format, p.Mode)
		}
		return
	}
	t.Fatal("the vector is gone")
}
