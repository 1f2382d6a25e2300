package main

import (
	"context"
	"sync"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/event"
	"carrierhook/internal/outbox"
	"carrierhook/internal/outbox/calls"
	"carrierhook/internal/outbox/webhook"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// newOutbox is what delivers events to the endpoints of the configuration.
func newOutbox(cfg config.Config, st *store.Store, log *zap.Logger, r prometheus.Registerer) (*outbox.Outbox, error) {
	o := outbox.Options{Log: st.Deliveries, Horizon: st.Horizon, Retention: cfg.Events.Retention, Logger: log}
	for _, e := range cfg.Events.Endpoints {
		c, err := webhook.New(webhook.Options{Name: e.Name, URL: e.URL, Keys: e.Keys, CA: e.CA})
		if err != nil {
			return nil, err
		}
		o.Endpoints = append(o.Endpoints, outbox.Endpoint{Name: e.Name, Kinds: e.Wanted(), Sender: c})
	}
	toWeChat, err := callEndpoints(cfg, st, calls.NewMetrics(r), log)
	if err != nil {
		return nil, err
	}
	o.Endpoints = append(o.Endpoints, toWeChat...)
	x := outbox.New(o)
	r.MustRegister(x.Collectors()...)
	return x, nil
}

// callEndpoints are the paths of WeChat that mini programs call.
func callEndpoints(cfg config.Config, st *store.Store, m *calls.Metrics, log *zap.Logger) (all []outbox.Endpoint, err error) {
	for _, a := range cfg.Accounts() {
		if len(a.Calls) == 0 {
			continue
		}
		c, err := newWeChat(cfg, a, st.Tokens)
		if err != nil {
			return nil, err
		}
		of := map[string]calls.Call{
			config.CallUpdatePath:     calls.UpdatePath(st.Express),
			config.CallUpdateOrder:    calls.UpdateOrder(st.Instant, a.WxaPath),
			config.CallUpdateBusiness: calls.UpdateBusiness(st.Express),
		}
		for _, e := range a.CallEndpoints() {
			all = append(all, outbox.Endpoint{Name: e.Name, Kinds: []event.Kind{e.Kind}, Results: calls.Results(), Sender: calls.New(calls.Options{
				Account: a.Name, UserName: a.UserName, Client: c, Call: of[e.Call], Metrics: m, Transient: store.Transient, Logger: log,
			})})
		}
	}
	return all, nil
}

func newEventCare(cfg config.Config, st *store.Store, x *outbox.Outbox) eventCare {
	return eventCare{
		kinds: cfg.EndpointKinds(), account: onlyUserName(cfg), store: st.Deliveries, outbox: x,
		epoch: st.Horizon.Epoch, position: st.Horizon.Position,
	}
}

// addLimit bounds how long the start of a server waits for its endpoints.
const addLimit = time.Second

// runEvents hands events out until ctx ends, if somebody wants them. It returns when new
// endpoints get what is decided from now on; wait returns when nothing of it is under way.
func runEvents(ctx context.Context, cfg config.Config, st *store.Store, x *outbox.Outbox, log *zap.Logger) (wait func()) {
	var all sync.WaitGroup
	if len(cfg.WantedEvents()) > 0 {
		all.Go(func() { st.Horizon.Run(ctx, log) })
		all.Go(func() { x.Run(ctx) })
		select {
		case <-x.Added():
		case <-ctx.Done():
		case <-time.After(addLimit): // without a database it is served all the same
		}
	}
	return all.Wait
}
