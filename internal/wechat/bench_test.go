package wechat

import (
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"testing"
)

// conversations are pushes with how they are answered, and how many allocations that
// may take. The race detector's build stays below the limits too.
var conversations = map[string]struct {
	push   func(t testing.TB, f Format, m Mode) (*Receiver, Query, []byte)
	answer func(r *Receiver, q Query, body []byte) ([]byte, error)
	limit  float64
}{
	"cancel":        {benchPush, answer, 40},
	"order":         {benchOrder, answerOrder, 130},
	"instant order": {benchInstant, answerInstant, 130},
}

func benchmark(b *testing.B, name string) {
	c := conversations[name]
	for _, f := range formats {
		for _, m := range Modes() {
			b.Run(m.String()+"/"+f.String(), func(b *testing.B) {
				r, q, body := c.push(b, f, m)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.answer(r, q, body); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkCodec is one cancel through this package: checked, opened, read,
// answered, written, sealed.
func BenchmarkCodec(b *testing.B) { benchmark(b, "cancel") }

// BenchmarkAddWaybill is one order through this package, as BenchmarkCodec is a
// cancel. Sealed, it takes 72 allocations in XML and 73 in JSON, where a cancel
// takes 18: each of the order's texts is a copy of its own, and each of its objects
// has a list of members that grows.
func BenchmarkAddWaybill(b *testing.B) { benchmark(b, "order") }

// benchOrder is benchPush for WeChat's sample of an order.
func benchOrder(t testing.TB, f Format, m Mode) (*Receiver, Query, []byte) {
	t.Helper()
	o := options(m)
	o.Rand = nil
	q, body := newSender(t, m).Push(f, sampleTime, nonce, random, EncodeAddWaybill(f, sampleAdd(f)))
	return newReceiver(t, o), q, body
}

// answerOrder is answer for an order.
func answerOrder(r *Receiver, q Query, body []byte) ([]byte, error) {
	p, err := r.Open(q, body)
	if err != nil {
		return nil, err
	}
	m, err := p.AddWaybill()
	if err != nil {
		return nil, err
	}
	return p.Seal(m.Reply("123456789", 0, "success", "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##").Encode(p.Format))
}

// BenchmarkInstantOrder is one order of instant delivery, placed again.
func BenchmarkInstantOrder(b *testing.B) { benchmark(b, "instant order") }

// benchInstant is benchPush for the sample of an order of instant delivery.
func benchInstant(t testing.TB, f Format, m Mode) (*Receiver, Query, []byte) {
	t.Helper()
	o := options(m)
	o.Rand = nil
	q, body := newSender(t, m).Push(f, sampleTime, nonce, random, EncodeInstantOrder(f, sampleInstant(EventReaddOrder)))
	return newReceiver(t, o), q, body
}

// answerInstant is answer for an order of instant delivery.
func answerInstant(r *Receiver, q Query, body []byte) ([]byte, error) {
	p, err := r.Open(q, body)
	if err != nil {
		return nil, err
	}
	m, err := p.InstantOrder()
	if err != nil {
		return nil, err
	}
	reply := m.Reply(0, "ok")
	reply.Fee, reply.DeliverFee, reply.Distance, reply.DispatchDuration = 1000, 1000, 1000, 300
	reply.WaybillID, reply.OrderStatus, reply.FinishCode, reply.PickupCode = "123456789", 101, 1024, 2048
	return p.Seal(reply.Encode(p.Format))
}

// BenchmarkFloor is the cryptography of BenchmarkCodec/secure and nothing
// besides: the same bytes, with every buffer and key at hand.
func BenchmarkFloor(b *testing.B) {
	for _, f := range formats {
		b.Run("secure/"+f.String(), func(b *testing.B) {
			r, q, body := benchPush(b, f, Secure)
			reply, err := answer(r, q, body)
			must(b, err)
			in, out := []byte(encryptOf(b, body)), encryptOf(b, reply)
			plain, text := make([]byte, len(in)), make([]byte, len(out))
			opener := cipher.NewCBCDecrypter(r.ciphers[0].block, r.ciphers[0].iv[:])
			sealer := cipher.NewCBCEncrypter(r.ciphers[0].block, r.ciphers[0].iv[:])
			head := token + q.Timestamp + nonce
			signedIn, signedOut := append([]byte(head), in...), []byte(head+out)
			size := base64.StdEncoding.DecodedLen(len(out)) / padUnit * padUnit
			b.ReportAllocs()
			for b.Loop() {
				sha1.Sum(signedIn)
				n, err := base64.StdEncoding.Decode(plain, in)
				if err != nil {
					b.Fatal(err)
				}
				opener.CryptBlocks(plain[:n], plain[:n])

				sealer.CryptBlocks(plain[:size], plain[:size])
				base64.StdEncoding.Encode(text, plain[:size])
				sha1.Sum(signedOut)
			}
		})
	}
}

// benchPush is a push as WeChat sends it, and a receiver with a clock and
// randomness as in service.
func benchPush(t testing.TB, f Format, m Mode) (*Receiver, Query, []byte) {
	t.Helper()
	o := options(m)
	o.Rand = nil
	q, body := samplePush(t, f, m)
	return newReceiver(t, o), q, body
}

// answer takes one push from its bytes to the bytes of its reply.
func answer(r *Receiver, q Query, body []byte) ([]byte, error) { return answerWith(r, q, body, 0) }

func answerWith(r *Receiver, q Query, body []byte, code int) ([]byte, error) {
	p, err := r.Open(q, body)
	if err != nil {
		return nil, err
	}
	m, err := p.CancelWaybill()
	if err != nil {
		return nil, err
	}
	return p.Seal(m.Reply(code, "success").Encode(p.Format))
}

func encryptOf(t testing.TB, body []byte) string {
	t.Helper()
	doc, _, err := parse(body, CheckOuterDocument)
	must(t, err)
	encrypt, err := doc.Trimmed("Encrypt")
	must(t, err)
	return string(encrypt)
}
