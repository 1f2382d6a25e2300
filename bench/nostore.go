package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// noStoreArg has the bench start itself again, as the server without a store: what
// is measured has a process of its own.
const noStoreArg = "no-store"

// acceptAll is a store that accepts at once: what is left is the path around it.
type acceptAll struct{}

func (acceptAll) Cancel(context.Context, waybill.CancelRequest) (waybill.CancelDecision, error) {
	return waybill.CancelDecision{Reason: waybill.Accepted}, nil
}

func (acceptAll) Book(context.Context, waybill.BookingRequest) (waybill.BookingDecision, error) {
	return waybill.BookingDecision{}, errors.New("not measured")
}

func (acceptAll) Account(context.Context, waybill.AccountRequest) (waybill.AccountDecision, error) {
	return waybill.AccountDecision{}, errors.New("not measured")
}

func (acceptAll) Record(context.Context, ledger.Push, string, *int) error { return nil }

// serveNoStore is the server's public and internal side with a store that accepts everything. It
// logs as the server does, for that is part of the path.
func serveNoStore() error {
	go func() { // ends with the bench, which has the other end
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	gin.SetMode(gin.ReleaseMode)
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.ISO8601TimeEncoder
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(enc), zapcore.Lock(os.Stdout), zap.InfoLevel))
	receiver, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: userName, AppID: appID, Mode: wechat.Secure,
		Tokens: []string{pushToken}, AESKeys: []string{aesKey}, Window: 10 * time.Minute,
	})
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector())
	push := handler.NewPush(handler.PushOptions{
		Receiver: receiver, Desk: acceptAll{}, Deadline: 4 * time.Second, MaxBody: 256 << 10,
		MaxInFlight: inFlight, Log: log, Metrics: handler.NewMetrics(registry),
	})
	health := &handler.Health{Ping: func(context.Context) error { return nil }}
	health.Started()
	public, err := handler.Listen("127.0.0.1:0", 0)
	if err != nil {
		return err
	}
	internal, err := handler.Listen("127.0.0.1:0", 0)
	if err != nil {
		return err
	}
	log.Info("listening", zap.Stringer("public", public.Addr()), zap.Stringer("internal", internal.Addr()))
	failed := make(chan error)
	serve := func(ln net.Listener, h http.Handler) { failed <- handler.NewServer(h, log).Serve(ln) }
	go serve(public, handler.Public(push, health))
	go serve(internal, handler.Internal(log, registry, nil, health, nil))
	return <-failed
}
