package maintenance

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// refresh looks for a new catalogue until ctx ends. While that fails the server
// goes by the old one: the log says when that begins and when it is over, and not
// at each try.
func (m *Maintenance) refresh(ctx context.Context) {
	failing := false
	for pause(ctx, m.Refresh) {
		err := m.Express.RefreshCatalogue(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			m.Log.Warn("catalogue refresh failed", zap.Error(err))
		case err == nil && failing:
			m.Log.Info("catalogue refresh recovered")
		}
		if failing = err != nil; !failing {
			m.catalogueSeen()
			m.reportServices()
		}
	}
}

// reportServices logs which services of cancel.services_without_cancelling the catalogue
// does not have, each time that they change: of a misspelt one everything can be
// cancelled.
func (m *Maintenance) reportServices() {
	unknown := m.Express.UnknownServices()
	if slices.Equal(unknown, m.unknown) {
		return
	}
	if m.unknown = unknown; len(unknown) > 0 {
		m.Log.Warn("unknown services without cancelling", zap.Strings("codes", unknown))
	} else {
		m.Log.Info("services without cancelling are known")
	}
}

// catalogueSeen notes that what the server goes by is the newest there is.
func (m *Maintenance) catalogueSeen() {
	now := time.Now()
	m.refreshed.Store(&now)
}

func (m *Maintenance) catalogueAge() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "carrierhook_catalogue_age_seconds",
		Help: "Time since this server last checked that its services, areas, routes and number ranges are the newest.",
	}, func() float64 { return time.Since(*m.refreshed.Load()).Seconds() })
}
