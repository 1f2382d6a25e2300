package outbox

import (
	"context"
	"net/http"
	"testing"

	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"
)

// After a failover or a restore that has lost events, none of those that the new history
// has at their positions is left out: neither where the old ones are on their way when it
// is noticed, nor where they were delivered, or given up, meanwhile.
func TestGoneBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hangs  bool
		answer int
	}{"under way": {true, http.StatusOK}, "delivered meanwhile": {false, http.StatusOK}, "failed meanwhile": {false, http.StatusInternalServerError}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			free, came := make(chan struct{}), make(chan struct{}, 100)
			v := newReceiver(func(r received, _ int) int {
				came <- struct{}{}
				if r.parcel[len(`{"parcel":"`)] != 'P' {
					return http.StatusOK
				}
				if tc.hangs {
					<-free
				}
				return tc.answer
			})
			h := events.NewHorizon(w.pool)
			ctx, stop := context.WithCancel(t.Context())
			over := make(chan struct{})
			go func() { defer close(over); h.Run(ctx, zap.NewNop()) }()
			defer func() { stop(); <-over }()
			w.serveOn(t, w.log, h, v.endpoint("dispatch"))
			w.leased(t, 1)
			w.Exec(t, `CREATE TABLE backup AS TABLE event_server`)
			w.write(t, "P0", "P1")
			<-came
			<-came
			if !tc.hangs {
				w.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE position = 2`)
			}
			epoch := h.Epoch()
			storetest.Must(t, pgx.BeginFunc(t.Context(), w.DB, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM event; SELECT setval('event_position', 1, false);
					DELETE FROM event_server; INSERT INTO event_server TABLE backup;
					INSERT INTO event (at, kind, parcel, id, body) SELECT now(), 'waybill.scanned', p, gen_random_uuid(), '{"parcel":"' || p || '"}' FROM unnest('{Q0,Q1}'::text[]) AS p`)
				return err
			}))
			storetest.Until(t, "another epoch", func() bool { return h.Epoch() != "" && h.Epoch() != epoch })
			close(free)
			w.write(t, "R")
			storetest.Until(t, "all of the new history were accepted", func() bool {
				got := map[string]bool{}
				for _, r := range v.accepted() {
					got[r.parcel] = true
				}
				return got[`{"parcel":"Q0"}`] && got[`{"parcel":"Q1"}`] && got[`{"parcel":"R"}`]
			})
			w.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE position = 3`)
			w.WantInt(t, 0, `SELECT count(*) FROM event_retry`)
		})
	}
}
