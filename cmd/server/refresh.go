package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// refresh looks for a new catalogue until ctx ends. While that fails the server
// goes by the old one: the log says when that begins and when it is over, and not
// at each try.
func (m *maintenance) refresh(ctx context.Context) {
	failing := false
	for pause(ctx, m.cfg.Booking.Refresh) {
		err := m.st.RefreshCatalogue(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			m.log.Warn("catalogue refresh failed", zap.Error(err))
		case err == nil && failing:
			m.log.Info("catalogue refresh recovered")
		}
		if failing = err != nil; !failing {
			m.sawCatalogue()
		}
	}
}

// sawCatalogue notes that what the server goes by is the newest there is.
func (m *maintenance) sawCatalogue() {
	now := time.Now()
	m.saw.Store(&now)
}

func (m *maintenance) catalogueAge() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "carrierhook_catalogue_age_seconds",
		Help: "Time since this server last checked that its services, areas, routes and number ranges are the newest.",
	}, func() float64 { return time.Since(*m.saw.Load()).Seconds() })
}
