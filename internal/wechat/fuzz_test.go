package wechat

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"carrierhook/internal/wechat/packet"
)

// FuzzOpen changes one byte anywhere in a sealed push: in the ciphertext, or in
// what the query says under its signature. Each change must be refused.
func FuzzOpen(f *testing.F) {
	for _, at := range []uint{0, 1, 39, 400, 511, 512, 541, 552, 561} {
		f.Add(at, byte(1), true)
		f.Add(at, byte(0x20), false)
	}
	// No window, and a receiver of our own for each format: nothing but the
	// signature and the envelope stands between the change and the rule.
	o := options(Secure)
	o.Window = 0
	r := newReceiver(f, o)
	s := newSender(f, Secure)
	f.Fuzz(func(t *testing.T, at uint, change byte, asJSON bool) {
		if change == 0 {
			return
		}
		format := XML
		if asJSON {
			format = JSON
		}
		q, _ := s.Push(format, sampleTime, nonce, random, EncodeCancel(format, sampleCancel))
		encrypt := []byte(s.cipher.Encrypt(random, EncodeCancel(format, sampleCancel)))
		parts := [][]byte{encrypt, []byte(q.MsgSignature), []byte(q.Timestamp), []byte(q.Nonce)}
		at %= uint(len(parts[0]) + len(parts[1]) + len(parts[2]) + len(parts[3]))
		for _, part := range parts {
			if at < uint(len(part)) {
				part[at] ^= change
				break
			}
			at -= uint(len(part))
		}
		q.MsgSignature, q.Timestamp, q.Nonce = string(parts[1]), string(parts[2]), string(parts[3])
		w := packet.NewWriter(format, 1024)
		w.Str("ToUserName", userName)
		w.Str("Encrypt", string(encrypt))
		p, err := r.Open(q, w.Bytes())
		if err == nil {
			t.Fatalf("opened as %+v", p.Header)
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			t.Fatalf("not a refusal: %v", err)
		}
	})
}

// FuzzDecrypt gives the envelope whole plaintexts, as an owner of token and
// key could: no frame may crash it, and what it opens, it seals the same.
func FuzzDecrypt(f *testing.F) {
	f.Add(frame(10, "0123456789", appID, padding(16, 16)))
	f.Add(frame(1<<32-1, "", appID, padding(26, 26)))
	f.Add(padding(32, 32))
	f.Add([]byte{})
	c := newCipher(f, aesKey, appID)
	f.Fuzz(func(t *testing.T, plain []byte) {
		plain = append(plain, make([]byte, (padUnit-len(plain)%padUnit)%padUnit)...)
		sealed := encryptRaw(t, plain)
		msg, err := c.Decrypt(sealed)
		if err != nil {
			var refusal *Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if again := c.Encrypt([16]byte(plain[:16]), msg); again != sealed {
			t.Fatalf("%q was sealed in another way", msg)
		}
	})
}

// FuzzDecodeCancel reads any packet as a cancel. It either has a fault, or comes back
// the same when it is written, if it can be. The reply to it is one in any case.
func FuzzDecodeCancel(f *testing.F) {
	addSamples(f, XML)
	addSamples(f, JSON)
	for _, s := range []string{
		"<xml><CreateTime>1</CreateTime><BizID>\n<![CDATA[ a]]]]><![CDATA[>\r\n]]>&#13;</BizID><A><B>1</B></A><A><B>2</B></A></xml>",
		"<?xml version='1.0'?><xml><CreateTime> 5 </CreateTime><Event/><OrderID>&amp;&#x2028;</OrderID></xml>\n",
		"<!DOCTYPE a><xml></xml>", "<xml><a>1</a><a>2</a></xml>", "<xml></xml><xml></xml>", "<xml><![CDATA[",
		`{"CreateTime":"1","BizID":12345678901234567890,"OrderID":null,"A":[{"B":[]},{}],"WayBillID":"\u2028\"\\<\ud800"}`,
		` {"CreateTime":5} `, `{"a":1,"a":2}`, `{"a":1}}`, `{"a":[1,]}`, `{"CreateTime":-0}`, `{"a`,
		`{"MsgType":"event","Event":"cancel_waybill","CreateTime":1.5,"BizID":"x` + "\x00\n\xff" + `","OrderID":"\x","WayBillID":{},"a":1,"a":2}x`,
		"<xml><MsgType>event</MsgType><Event>cancel_waybill</Event><BizID>\x0b&#1;&#xFFFE;& ]]>\xff</BizID><OrderID>1</OrderID><OrderID>2</OrderID></xml><",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p := anyPush(t, in)
		if p == nil {
			return
		}
		m, err := decodeCancel(p.reader())
		reply := m.Reply(30001, m.BizID+m.OrderID)
		if _, err := DecodeCancelReply(p.Format, reply.Encode(p.Format)); err != nil {
			t.Fatalf("%s: the reply is none: %v", in, err)
		}
		if err != nil {
			refusedBy(t, err, CheckMessage)
		} else if p.exact {
			m.OddTime = OddTime{} // it cannot be written
			checkRoundTrip(t, p.Format, m, reply)
		}
	})
}

func addSamples(f *testing.F, format Format) {
	f.Helper()
	names, err := filepath.Glob("testdata/*." + format.String())
	must(f, err)
	if len(names) < 10 {
		f.Fatalf("%d samples", len(names))
	}
	for _, name := range names {
		if filepath.Base(name) == "vectors.json" {
			continue
		}
		b, err := os.ReadFile(name)
		must(f, err)
		f.Add(b)
	}
}

func checkRoundTrip(t fatal, f Format, m CancelWaybill, r CancelReply) {
	readsBack(t, f, m, EncodeCancel, decodeCancel)
	if back, err := DecodeCancelReply(f, r.Encode(f)); err != nil || back != r {
		t.Fatalf("%v: %+v came back as %+v, %v", f, r, back, err)
	}
}
