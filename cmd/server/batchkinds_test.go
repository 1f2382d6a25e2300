package main

import (
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
)

// The check of database.batch_workers counts as many kinds of batches as the store has.
func TestSettingsCountKindsOfBatches(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), storeOptions(config.Default(), "postgres://nobody@127.0.0.1/none"))
	must(t, err)
	defer st.Close()
	r := prometheus.NewRegistry()
	r.MustRegister(st.Collectors()...)
	families, err := r.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() == "carrierhook_batch_size_requests" && len(f.GetMetric()) == config.BatchKinds {
			return
		}
	}
	t.Errorf("the store has not %d kinds of batches", config.BatchKinds)
}
