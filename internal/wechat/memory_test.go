package wechat

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"carrierhook/internal/wechat/hostile"
	"carrierhook/internal/wechat/packet"
)

// TestAllocations limits how much one push may allocate.
func TestAllocations(t *testing.T) {
	for name, c := range conversations {
		for _, f := range formats {
			for _, m := range Modes() {
				r, q, body := c.push(t, f, m)
				got := testing.AllocsPerRun(200, func() {
					_, err := c.answer(r, q, body)
					must(t, err)
				})
				if got > c.limit {
					t.Errorf("%s, %v/%v: %v allocations, the limit is %v", name, m, f, got, c.limit)
				}
			}
		}
	}
}

// decoded are messages with how they are written and read.
var decoded = map[string]struct {
	encode func(f Format) []byte
	decode func(p *Push) (any, error)
	want   func(f Format) any
}{
	"cancel": {
		func(f Format) []byte { return EncodeCancel(f, sampleCancel) },
		func(p *Push) (any, error) { return p.CancelWaybill() },
		func(Format) any { return sampleCancel },
	},
	"order": {
		func(f Format) []byte { return EncodeAddWaybill(f, sampleAdd(f)) },
		func(p *Push) (any, error) { return p.AddWaybill() },
		func(f Format) any { return sampleAdd(f) },
	},
	"instant order": {
		func(f Format) []byte { return EncodeInstantOrder(f, everyInstant()) },
		func(p *Push) (any, error) { return p.InstantOrder() },
		func(Format) any { return everyInstant() },
	},
	"follow-up": {
		func(f Format) []byte { return EncodeInstantFollowUp(f, sampleFollowUp(EventCancelOrder)) },
		func(p *Push) (any, error) { return p.InstantFollowUp() },
		func(Format) any { return sampleFollowUp(EventCancelOrder) },
	},
}

// TestPushOutlivesItsBody: the caller may use the body's memory again.
func TestPushOutlivesItsBody(t *testing.T) {
	t.Parallel()
	for name, message := range decoded {
		for _, f := range formats {
			for _, m := range Modes() {
				q, body := newSender(t, m).Push(f, sampleTime, nonce, random, message.encode(f))
				unchanged := bytes.Clone(body)
				p, err := newReceiver(t, options(m)).Open(q, body)
				must(t, err)
				if !bytes.Equal(body, unchanged) {
					t.Errorf("%s, %v/%v: the body was written to", name, m, f)
				}
				for i := range body {
					body[i] = 'x'
				}
				if got, err := message.decode(p); err != nil || !reflect.DeepEqual(got, message.want(f)) {
					t.Errorf("%s, %v/%v: another message than was sent, %v", name, m, f, err)
				}
			}
		}
	}
}

// TestKeptIDKeepsNoPacket: a cache of ids must not keep the packets they came in,
// with passwords, in memory.
func TestKeptIDKeepsNoPacket(t *testing.T) { // not parallel: it counts what the whole program has in memory
	const packets, size = 64, 256 << 10
	for _, f := range formats {
		var kept []any
		r := newReceiver(t, options(Plain))
		before := livePieces(32 << 10)
		for range packets {
			for _, message := range decoded {
				w := packet.Reopen(f, message.encode(f), 0)
				w.Str("Other", strings.Repeat("x", size))
				p, err := r.Open(query(""), w.Bytes())
				must(t, err)
				m, err := message.decode(p)
				must(t, err)
				kept = append(kept, m, p.Header)
			}
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

// conversation is a push answered by r, and the answer read by s, which sent it.
func conversation(r *Receiver, s *Sender, q Query, f Format, body []byte, code int) (CancelReply, error) {
	sealed, err := answerWith(r, q, body, code)
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
