package handler_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// BenchmarkPush is the whole path of a push but for the store: one connection, in
// secure mode, logging as in production. The client allocates nothing.
func BenchmarkPush(b *testing.B) {
	addr := inProduction(b).start(b)
	for _, event := range eventCases() {
		for _, f := range formats {
			b.Run(fmt.Sprintf("%s/%v", event.event, f), func(b *testing.B) {
				q, body := wechatPush(b, f, wechat.Secure, event.packet(f))
				request := fmt.Appendf(nil, "POST %s?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s",
					handler.Path, q.Values().Encode(), len(body), body)
				c, err := net.Dial("tcp", addr)
				must(b, err)
				defer c.Close()
				reply := make([]byte, answerSize(b, c, request))
				b.ReportAllocs()
				for b.Loop() {
					_, err := c.Write(request)
					must(b, err)
					_, err = io.ReadFull(c, reply)
					must(b, err)
				}
			})
		}
	}
}

// inProduction is a server in secure mode that logs as in production, to nobody, and
// accepts everything.
func inProduction(t testing.TB) *server {
	t.Helper()
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.ISO8601TimeEncoder
	return makeServer(t, wechat.Secure, func(o *options) {
		o.Log = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(enc), zapcore.AddSync(io.Discard), zap.InfoLevel))
		o.Express, o.Instant, o.Ledger, o.Rand = yes{}, yes{}, yes{}, nil
	})
}

// yes is a store that accepts everything and remembers nothing.
type yes struct{}

func (yes) Cancel(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
	return waybill.CancelDecision{Reason: waybill.Accepted}, nil
}

func (yes) Book(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error) {
	return waybill.BookingDecision{Reason: waybill.Accepted, WaybillID: sampleNumber, Label: sampleLabel}, nil
}

func (yes) Account(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error) {
	return waybill.AccountDecision{Reason: waybill.Accepted, Quota: sampleQuota}, nil
}

func (yes) DecidePush(_ context.Context, r delivery.Request) (delivery.Decision, error) {
	return sampleDecision(r), nil
}

func (yes) Write(context.Context, ledger.Push, string, *int) error { return nil }

// answerSize is how long the whole answer to a request is, which is always the
// same.
func answerSize(b *testing.B, c net.Conn, request []byte) int {
	b.Helper()
	_, err := c.Write(request)
	must(b, err)
	var whole bytes.Buffer
	res, body := answered(b, bufio.NewReader(io.TeeReader(c, &whole)))
	if res.StatusCode != http.StatusOK {
		b.Fatalf("status %d, %q", res.StatusCode, body)
	}
	return whole.Len()
}
