package main

import (
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/handler/api"
	"carrierhook/internal/maintenance"
	"carrierhook/internal/outbox"
	"carrierhook/internal/store"
	"carrierhook/internal/store/events"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

func newPush(cfg config.Config, st *store.Store, log *zap.Logger, r prometheus.Registerer) (*handler.Push, error) {
	var accounts []handler.Account
	for _, a := range cfg.Accounts() {
		receiver, err := newReceiver(a, cfg.WeChat.TimestampWindow)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", a.Name, err)
		}
		accounts = append(accounts, handler.Account{Name: a.Name, Receiver: receiver})
	}
	language := handler.Chinese
	if cfg.Language == "en" {
		language = handler.English
	}
	var instant handler.InstantStore // nil: instant delivery is not offered
	if len(cfg.Delivery.Keys()) > 0 {
		instant = st.Instant
	}
	return handler.NewPush(handler.PushOptions{
		Accounts:    accounts,
		Express:     st.Express,
		Ledger:      st.Pushes,
		Instant:     instant,
		Deadline:    cfg.WeChat.Deadline,
		MaxBody:     int64(cfg.WeChat.MaxBody),
		MaxInFlight: cfg.WeChat.MaxInFlight,
		Language:    language,
		Log:         log,
		Metrics:     handler.NewMetrics(r),
	}), nil
}

func newReceiver(a config.Account, window time.Duration) (*wechat.Receiver, error) {
	mode, err := wechat.ParseMode(a.Mode)
	if err != nil {
		return nil, err
	}
	return wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: a.UserName,
		AppID:    a.AppID,
		Mode:     mode,
		Tokens:   []string{a.Token.Value(), a.PreviousToken.Value()},
		AESKeys:  []string{a.AESKey.Value(), a.PreviousAESKey.Value()},
		Window:   window,
	})
}

func newMaintenance(cfg config.Config, st *store.Store, health *handler.Health, log *zap.Logger) *maintenance.Maintenance {
	return maintenance.New(maintenance.Options{
		Store: st, Express: st.Express, Retention: retention(cfg), Refresh: cfg.Booking.Refresh, Ready: health.Started, Log: log,
	})
}

func retention(cfg config.Config) maintenance.Retention {
	return maintenance.Retention{
		Ledger: cfg.Ledger.Retention, Contacts: cfg.Privacy.Retention, Signatures: cfg.WeChat.TimestampWindow,
		Events: cfg.Events.Retention, Endpoints: cfg.EndpointKinds(),
	}
}

// newAPI is the way in for the carrier's own systems.
func newAPI(cfg config.Config, st *store.Store, out *outbox.Outbox, log *zap.Logger, r prometheus.Registerer) (*api.API, error) {
	var tokens []api.Token
	for i, t := range cfg.API.Tokens {
		name, text, hash := t.Parts()
		scopes, ok := api.ParseScopes(text)
		if !ok {
			return nil, fmt.Errorf("api.tokens: entry %d is no token", i+1)
		}
		tokens = append(tokens, api.Token{Name: name, Scopes: scopes, Hash: hash})
	}
	var feed api.Feed
	if cfg.Events.Feed {
		feed = st.Feed
	}
	return api.New(api.Options{
		Feed:       feed,
		NeedsAgent: callMade(cfg, config.CallUpdateOrder),
		Express:    st.Express, Instant: st.Instant, Ledger: st.Pushes, Care: newEventCare(cfg, st, out), Tokens: tokens, Log: log, Metrics: r, FirstByte: handler.FirstByte, Working: handler.Working,
	}), nil
}

// callMade reports whether a call is made to WeChat for some mini program.
func callMade(cfg config.Config, call string) bool {
	return slices.ContainsFunc(cfg.Accounts(), func(a config.Account) bool { return slices.Contains(a.Calls, call) })
}

// connectTimeout leaves room for another host inside a push's deadline, and is
// enough for a database 400 ms away.
const connectTimeout = 2500 * time.Millisecond

func storeOptions(cfg config.Config, url string) store.Options {
	return store.Options{
		URL:              url,
		MaxConns:         cfg.Database.MaxConns,
		QueryMode:        cfg.Database.QueryMode,
		LockTimeout:      cfg.Database.LockTimeout,
		StatementTimeout: cfg.Database.StatementTimeout,
		ConnectTimeout:   connectTimeout,
		BatchWorkers:     cfg.Database.BatchWorkers,
		BatchSize:        cfg.Database.BatchSize,
		Lease:            cfg.Booking.NumberBlock,
		Policy: waybill.Policy{
			Window:      cfg.Cancel.Window,
			SignedGrace: cfg.Cancel.SignedGrace,
			NoCancel:    cfg.Cancel.ServicesWithoutCancelling,
			Review:      cfg.Merchants.Review,
		},
		Delivery:   deliveryPolicy(cfg.Delivery),
		ResultCode: handler.ResultCode,
		Events: events.WriterOptions{
			Account: onlyUserName(cfg), Kinds: cfg.WantedEvents(),
			QuotaMark: int64(cfg.Events.QuotaMark), NumbersMark: int64(cfg.Events.NumbersMark),
		},
	}
}
