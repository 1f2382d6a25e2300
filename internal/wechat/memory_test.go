package wechat

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"carrierhook/internal/wechat/hostile"
	"carrierhook/internal/wechat/packet"
)

// TestAllocations holds how much one push may allocate. The race
// detector's build stays below it too.
func TestAllocations(t *testing.T) {
	for _, f := range formats {
		for _, m := range Modes() {
			r, q, body := benchPush(t, f, m)
			got := testing.AllocsPerRun(200, func() {
				_, err := answer(r, q, body, 0)
				must(t, err)
			})
			if got > 40 {
				t.Errorf("%v/%v: %v allocations, the limit is 40", m, f, got)
			}
			r, q, body = benchOrder(t, f, m)
			got = testing.AllocsPerRun(200, func() {
				_, err := answerOrder(r, q, body)
				must(t, err)
			})
			if got > 130 {
				t.Errorf("%v/%v: %v allocations for an order, the limit is 130", m, f, got)
			}
			r, q, body = benchInstant(t, f, m)
			got = testing.AllocsPerRun(200, func() {
				_, err := answerInstant(r, q, body)
				must(t, err)
			})
			if got > 130 {
				t.Errorf("%v/%v: %v allocations for one of instant delivery, the limit is 130", m, f, got)
			}
		}
	}
}

// TestPushOutlivesItsBody: who calls may use the body's memory again.
func TestPushOutlivesItsBody(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, m := range Modes() {
			r, q, body := benchPush(t, f, m)
			want := bytes.Clone(body)
			p, err := r.Open(q, body)
			must(t, err)
			if !bytes.Equal(body, want) {
				t.Errorf("%v/%v: the body was written to", m, f)
			}
			for i := range body {
				body[i] = 'x'
			}
			if got, err := p.CancelWaybill(); err != nil || got != sampleCancel {
				t.Errorf("%v/%v: got %+v, %v", m, f, got, err)
			}
			r, q, body = benchOrder(t, f, m)
			p, err = r.Open(q, body)
			must(t, err)
			for i := range body {
				body[i] = 'x'
			}
			order, err := p.AddWaybill()
			must(t, err)
			sameAdd(t, fmt.Sprintf("%v/%v", m, f), order, sampleAdd(f))

			q, body = newSender(t, m).Push(f, sampleTime, nonce, random, EncodeInstantOrder(f, everyInstant()))
			p, err = r.Open(q, body)
			must(t, err)
			for i := range body {
				body[i] = 'x'
			}
			instant, err := p.InstantOrder()
			must(t, err)
			sameInstant(t, fmt.Sprintf("%v/%v", m, f), instant, everyInstant())
		}
	}
}

// TestKeptIDKeepsNoPacket: a cache of ids must not keep the packets they came in,
// with passwords, in memory.
func TestKeptIDKeepsNoPacket(t *testing.T) { // not parallel: it counts what the whole program holds
	const packets, size = 64, 256 << 10
	for _, f := range formats {
		var kept []any
		r := newReceiver(t, options(Plain))
		before := livePieces(32 << 10)
		for range packets {
			w := packet.Reopen(f, EncodeCancel(f, sampleCancel), 0)
			w.Str("Other", strings.Repeat("x", size))
			p, err := r.Open(query(""), w.Bytes())
			must(t, err)
			m, err := p.CancelWaybill()
			must(t, err)
			kept = append(kept, m, p.Header)

			w = packet.Reopen(f, EncodeAddWaybill(f, sampleAdd(f)), 0)
			w.Str("Other", strings.Repeat("x", size))
			p, err = r.Open(query(""), w.Bytes())
			must(t, err)
			order, err := p.AddWaybill()
			must(t, err)
			kept = append(kept, order)

			w = packet.Reopen(f, EncodeInstantOrder(f, everyInstant()), 0)
			w.Str("Other", strings.Repeat("x", size))
			p, err = r.Open(query(""), w.Bytes())
			must(t, err)
			instant, err := p.InstantOrder()
			must(t, err)
			kept = append(kept, instant)

			w = packet.Reopen(f, EncodeInstantQuestion(f, sampleQuestion(EventCancelOrder)), 0)
			w.Str("Other", strings.Repeat("x", size))
			p, err = r.Open(query(""), w.Bytes())
			must(t, err)
			question, err := p.InstantQuestion()
			must(t, err)
			kept = append(kept, question)
		}
		// Of the packets of one event alone there would be as many.
		if n := livePieces(32<<10) - before; n > packets/4 {
			t.Errorf("%v: the ids of %d packets of each event keep %d large pieces of memory", f, packets, n)
		}
		runtime.KeepAlive(kept)
	}
}

// livePieces counts the pieces of memory larger than this that are in use.
func livePieces(larger float64) (n int) {
	runtime.GC()
	runtime.GC() // only the second frees what a pool kept
	samples := []metrics.Sample{{Name: "/gc/heap/allocs-by-size:bytes"}, {Name: "/gc/heap/frees-by-size:bytes"}}
	metrics.Read(samples)
	for which, sign := range []int{1, -1} {
		sizes := samples[which].Value.Float64Histogram()
		for i, count := range sizes.Counts {
			if sizes.Buckets[i] > larger {
				n += sign * int(count)
			}
		}
	}
	return n
}

// TestPushesDoNotMix answers many pushes at once through one receiver. Each must
// get its own reply, whatever buffers they share.
func TestPushesDoNotMix(t *testing.T) {
	t.Parallel()
	o := options(Secure)
	o.Rand = nil
	r, s := newReceiver(t, o), newSender(t, Secure)
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for i := range 200 {
				f, m := formats[i%2], sampleCancel
				m.OrderID = strings.Repeat(fmt.Sprintf("%d-%d ", worker, i), 1+i%50)
				want := m.Reply(i, "success")
				q, body := s.Push(f, sampleTime, fmt.Sprint(worker, i), random, EncodeCancel(f, m))
				if got, err := conversation(r, s, q, f, body, i); err != nil || got != want {
					t.Errorf("got %+v, %v, want %+v", got, err, want)
				}
			}
		})
	}
	workers.Wait()
}

// conversation is a push answered by r, and the answer read by s, who sent it.
func conversation(r *Receiver, s *Sender, q Query, f Format, body []byte, code int) (CancelReply, error) {
	sealed, err := answer(r, q, body, code)
	if err != nil {
		return CancelReply{}, err
	}
	opened, err := s.OpenReply(q, f, sealed)
	if err != nil {
		return CancelReply{}, err
	}
	return DecodeCancelReply(f, opened)
}

// TestPooledBuffersHaveNoReply: a buffer in the pool has nothing that was not sent in
// the open, also if a reply could not be sealed; and a giant one is not kept.
func TestPooledBuffersHaveNoReply(t *testing.T) {
	secret := []byte(strings.Repeat("confidential ", 10))
	for range 50 {
		o := options(Secure)
		o.Rand = nil
		for _, reply := range [][]byte{secret, bytes.Repeat(secret, 1000)} {
			_, err := openSample(t, o).Seal(reply)
			must(t, err)
			checkPooled(t, secret)
		}
		o.Rand = iotest.ErrReader(errors.New("no randomness"))
		if _, err := openSample(t, o).Seal(secret); err == nil {
			t.Fatal("sealed without randomness")
		}
		checkPooled(t, secret)
	}
}

func openSample(t *testing.T, o ReceiverOptions) *Push {
	t.Helper()
	q, body := samplePush(t, XML, Secure)
	p, err := newReceiver(t, o).Open(q, body)
	must(t, err)
	return p
}

func checkPooled(t *testing.T, secret []byte) {
	t.Helper()
	pooled := frames.Get().(*frameBuffer)
	all := pooled.frame[:cap(pooled.frame)]
	if bytes.Contains(all, secret[:26]) {
		t.Fatal("a pooled buffer has a reply in clear")
	}
	if len(all) > maxPooled {
		t.Fatalf("a buffer of %d bytes is kept", len(all))
	}
	frames.Put(pooled)
}

// TestRefusingBuildsNothing: whatever a stranger sends, refusing it takes a few
// allocations, however large it is, and a copy of Encrypt where that has to be decoded.
func TestRefusingBuildsNothing(t *testing.T) { // not parallel: allocations are the process's
	const size = 64 << 10
	r, q := newReceiver(t, options(Secure)), query("")
	for _, shape := range hostile.Shapes() {
		body := shape.Body(size, "AAAA")
		if len(body) > size || len(body) < size-100 {
			t.Errorf("%s: %d bytes", shape.Name, len(body))
		}
		limit := 10.0
		if strings.HasSuffix(shape.Name, "Encrypt of sections") {
			limit = 20 // the copy grows
		}
		got := limit + 1
		for try := 0; got > limit && try < 20; try++ { // with the race detector a pool loses some of what it keeps
			got = testing.AllocsPerRun(1, func() {
				if _, err := r.Open(q, body); err == nil {
					t.Errorf("%s is no push, and was opened", shape.Name)
				}
			})
		}
		if got > limit {
			t.Errorf("%s: %v allocations, the limit is %v", shape.Name, got, limit)
		}
	}
}
