package store_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// twice is a URL with the same host two times, one of which has to take writes.
func twice(t *testing.T, from string) string {
	t.Helper()
	u, err := url.Parse(from)
	storetest.Must(t, err)
	q := u.Query()
	host := q.Get("host")
	if host == "" {
		t.Fatalf("no host in %s", from)
	}
	q.Set("host", host+","+host)
	q.Set("target_session_attrs", "read-write")
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return u.String()
}

// While there is no primary many pushes cost the servers few connections, and when
// there is one again the first push has its answer.
func TestNoPrimary(t *testing.T) {
	t.Parallel()
	var p storetest.Proxy
	d := newStore(t)
	cfg, err := pgx.ParseConfig(d.URL)
	storetest.Must(t, err)
	cfg.RuntimeParams["default_transaction_read_only"] = "off"
	admin, err := pgx.ConnectConfig(t.Context(), cfg)
	storetest.Must(t, err)
	defer admin.Close(context.Background())
	alter := func(how string) {
		if _, err := admin.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I `+how+`', current_database()); END $$`); err != nil {
			t.Fatal(err)
		}
	}
	o := options(d.URL)
	o.URL = twice(t, d.URL)
	s, err := store.Open(t.Context(), store.WithDial(o, p.Dial))
	storetest.Must(t, err)
	defer s.Close()
	storetest.WithinLimit(t, func(limit time.Duration) error {
		alter(`SET default_transaction_read_only = on`)
		s.Forget()
		const pushes, rounds = 50, 40
		ctx, hangUp := context.WithTimeout(t.Context(), storetest.Patience)
		defer hangUp()
		dials, retries := p.Dials.Load(), storetest.Count(s.Pool().Retries)
		var all sync.WaitGroup
		for i := range pushes {
			all.Go(func() {
				if _, err := s.Express.Cancel(ctx, expresstest.CancelPush(i, "none")); err == nil {
					t.Error("there is a primary")
				}
			})
		}
		storetest.Until(t, "they have been tried again many times", func() bool { return storetest.Count(s.Pool().Retries)-retries >= pushes*rounds })
		hangUp()
		all.Wait()
		if got := p.Dials.Load() - dials; got < 4 || got > rounds {
			t.Errorf("connected %d times while each of %d pushes was tried %d times", got, pushes, rounds)
		}
		alter(`RESET default_transaction_read_only`)
		ctx, stop := context.WithTimeout(t.Context(), 4*limit)
		defer stop()
		if _, err := s.Express.Cancel(ctx, expresstest.CancelPush(pushes, "none")); err != nil {
			return fmt.Errorf("the first push: %w", err)
		}
		return nil
	})
}
