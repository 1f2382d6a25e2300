package wechattoken_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat/client"
)

// However many servers and calls, one token is got, and one for each revocation.
func TestOneTokenForAllServers(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	a, b := newServer(t, d.URL, p, "secret"), newServer(t, d.URL, p, "secret")
	callsAtOnce(t, 100, a, b)
	p.wantIssued(t, 1)
	if p.calls != 100 {
		t.Errorf("%d calls", p.calls)
	}
	for i := range 3 {
		p.revoke()
		callsAtOnce(t, 100, a, b)
		p.wantIssued(t, 2+i)
	}
	d.WantInt(t, 1, `SELECT count(*) FROM wechat_token WHERE app_id = 'wxCARRIER' AND position('TOKEN'::bytea IN token) = 0 AND octet_length(token) = 1 + 12 + 7 + 16`)
	d.WantInt(t, 1, `SELECT count(*) FROM wechat_token WHERE expires_at = renewed_at + interval '2 hours' AND renewed_at BETWEEN now() - interval '1 hour' AND now()`)
	c := newServer(t, d.URL, p, "secret")
	wantCall(t, c)
	p.wantIssued(t, 4)
}

// What was sealed with another AppSecret cannot be opened, and is replaced.
func TestSecretChanged(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	old := newServer(t, d.URL, p, "secret")
	wantCall(t, old)
	p.revoke() // as WeChat does
	wantCall(t, newServer(t, d.URL, p, "another secret"))
	p.wantIssued(t, 2)
	wantCall(t, newServer(t, d.URL, p, "another secret"))
	p.wantIssued(t, 2)
	d.WantInt(t, 1, `SELECT count(*) FROM wechat_token`)
	wantCall(t, old) // a server that was not restarted: WeChat gives it the token once more
	p.wantIssued(t, 3)
	wantCall(t, newServer(t, d.URL, p, "another secret"))
	p.wantIssued(t, 4)
	old.clock.move(111 * time.Minute)
	wantCall(t, old)
	p.awaitIssued(t, 5) // renewed ahead of its end
}

// A token of which the database says that it has ended is not used, and one of which it
// says that it holds is, whatever a server's own clock says.
func TestOtherClocks(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	for i, ahead := range []time.Duration{0, -3 * time.Hour, 3 * time.Hour} {
		s := newServer(t, d.URL, p, "secret")
		s.clock.move(ahead)
		wantCall(t, s)
		p.wantIssued(t, i+1)
		d.Exec(t, `UPDATE wechat_token SET expires_at = now() + interval '1 hour'`)
		s = newServer(t, d.URL, p, "secret")
		s.clock.move(ahead)
		wantCall(t, s)
		p.wantIssued(t, i+1)
		s.clock.move(time.Hour) // now it has ended
		d.Exec(t, `UPDATE wechat_token SET expires_at = now() - interval '1 ms'`)
		p.wantIssued(t, i+1)
	}
}

// Shortly before its end one server renews the token; who does not get the lock uses the
// old one meanwhile, and so does who has none in memory.
func TestOneRenews(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	a, b, c := newServer(t, d.URL, p, "secret"), newServer(t, d.URL, p, "secret"), newServer(t, d.URL, p, "secret")
	callsAtOnce(t, 2, a, b)
	p.wantIssued(t, 1)
	later := func(by time.Duration) {
		a.clock.move(by)
		b.clock.move(by)
		d.Exec(t, `UPDATE wechat_token SET expires_at = expires_at - $1::interval, renewed_at = renewed_at - $1::interval`, by)
	}
	came, release := make(chan struct{}), make(chan struct{})
	p.before = func() error {
		close(came)
		<-release
		return nil
	}
	later(111 * time.Minute)
	wantCall(t, a)
	<-came
	callsAtOnce(t, 30, a, b, c) // while WeChat does not answer
	p.wantIssued(t, 1)
	close(release)
	p.awaitIssued(t, 2)
	storetest.Until(t, "the new token is stored", func() bool {
		return d.Int(t, `SELECT count(*) FROM wechat_token WHERE expires_at > now() + interval '1 hour'`) == 1
	})
	later(5 * time.Minute) // b, whose token is nearly over, finds the new one
	wantCall(t, b)
	later(5 * time.Minute)
	wantCall(t, b)
	p.wantIssued(t, 2)
}

// While the database is down a server goes on with its token, and gets the next one by
// itself.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	postgres, p := storetest.NewServer(t), playWeChat(t)
	url := postgres.URL(localpg.Database)
	storetest.Must(t, store.Migrate(t.Context(), url, t.Logf))
	s := newServer(t, url, p, "secret")
	wantCall(t, s)
	p.wantIssued(t, 1)
	storetest.Must(t, postgres.Stop())
	callsAtOnce(t, 20, s)
	p.wantIssued(t, 1)
	s.clock.move(115 * time.Minute) // it is due, and holds
	callsAtOnce(t, 20, s)
	p.wantIssued(t, 1)
	s.clock.move(5 * time.Minute)
	callsAtOnce(t, 20, s)
	p.wantIssued(t, 2)
	p.revoke()
	callsAtOnce(t, 20, s)
	p.wantIssued(t, 3)
	if err := s.ForceRefresh(t.Context()); err == nil {
		t.Error("a token that no other server can have was forced")
	}
}

// What WeChat refuses is not retried without the database.
func TestRefused(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	tries := 0
	p.before = func() error {
		tries++
		return errors.New("busy")
	}
	s := newServer(t, d.URL, p, "secret")
	if err := s.call(); client.ClassOf(err) != client.Transient || !strings.Contains(err.Error(), "stable_token: errcode -1") || tries != 1 {
		t.Errorf("%v, in %d tries", err, tries)
	}
	d.WantInt(t, 1, `SELECT count(*) FROM wechat_token WHERE token = ''`)
}

// A server that WeChat does not answer has the row locked: others wait as long as one
// request may take, and then call WeChat themselves.
func TestLockedForLong(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	s := newServer(t, d.URL, p, "secret")
	s.store.SetLimits(10*time.Millisecond, time.Minute)
	d.Exec(t, `INSERT INTO wechat_token VALUES ('wxCARRIER', '', now(), now())`)
	release := d.Lock(t, `SELECT FROM wechat_token FOR UPDATE`)
	callsAtOnce(t, 10, s)
	p.wantIssued(t, 1)
	if _, err := s.store.Renew(t.Context(), app, false, nil); err != client.ErrLocked {
		t.Errorf("without waiting: %v", err)
	}
	if _, err := s.store.Renew(t.Context(), app, true, nil); err != client.ErrLocked {
		t.Errorf("with waiting: %v", err)
	}
	release()
	d.WantInt(t, 1, `SELECT count(*) FROM wechat_token WHERE token = ''`)
}

// take takes connections as pushes do, for the test's time.
func take(t *testing.T, pool *pg.Pool, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), storetest.Patience)
	defer cancel()
	for range n {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			t.Fatalf("no connection is left: %v", err)
		}
		t.Cleanup(conn.Release)
	}
}

// While WeChat gives no tokens, ten mini programs leave all connections but one to pushes.
func TestHangingWeChatLeavesConnections(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	s := newServer(t, d.URL, p, "secret")
	s.store.SetLimits(50*time.Millisecond, time.Minute)
	const n = 10
	came, release := make(chan struct{}, n), make(chan struct{})
	p.before = func() error {
		came <- struct{}{}
		<-release
		return nil
	}
	var all sync.WaitGroup
	for i := range n {
		c, err := client.New(client.Options{URL: p.URL, AppID: fmt.Sprint("wx", i), Secret: "secret", Tokens: s.store})
		storetest.Must(t, err)
		t.Cleanup(c.Close)
		all.Go(func() { wantCall(t, server{Client: c}) })
	}
	for range n {
		<-came
	}
	take(t, s.pool, 3)
	close(release)
	all.Wait()
}

// Whoever waits for another server's lock has no connection meanwhile: others get theirs.
func TestWaitsWithoutConnection(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	s := newServer(t, d.URL, p, "secret")
	s.store.SetLimits(storetest.Patience, time.Minute)
	const n = 9
	d.Exec(t, `INSERT INTO wechat_token SELECT 'wx' || n, '', now(), now() FROM generate_series(1, $1) n`, n)
	release := d.Lock(t, `SELECT FROM wechat_token FOR UPDATE`)
	take(t, s.pool, 3)
	renew := func(app string) {
		_, err := s.store.Renew(t.Context(), app, true, func(_ context.Context, now client.Sealed) (client.Sealed, error) { return now, nil })
		if err != nil {
			t.Errorf("%s: %v", app, err)
		}
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { renew(fmt.Sprint("wx", i+1)) })
	}
	for range 50 {
		renew("wx")
	}
	release()
	all.Wait()
}

// A server that stops in the middle loses the lock.
func TestLockOfDead(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	a, b := newServer(t, d.URL, p, "secret"), newServer(t, d.URL, p, "secret")
	a.store.SetLimits(time.Minute, 50*time.Millisecond)
	came, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := a.store.Renew(context.Background(), app, true, func(context.Context, client.Sealed) (client.Sealed, error) {
			close(came)
			<-release
			return client.Sealed{Bytes: []byte("late"), Left: time.Hour}, nil
		})
		ended <- err
	}()
	<-came
	stored, err := b.store.Renew(t.Context(), app, true, func(_ context.Context, now client.Sealed) (client.Sealed, error) {
		return client.Sealed{Bytes: []byte("new"), Left: time.Hour}, nil
	})
	close(release)
	if late := <-ended; late == nil || err != nil || string(stored.Bytes) != "new" {
		t.Errorf("%v, %v, %s", late, err, stored.Bytes)
	}
	if got, err := b.store.Read(t.Context(), app); err != nil || string(got.Bytes) != "new" {
		t.Errorf("%s, %v", got.Bytes, err)
	}
}

// Renew stores what it is given, with times from before that; not what is the same, and
// nothing after an error.
func TestRenew(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	s := newServer(t, d.URL, p, "secret")
	if got, err := s.store.Read(t.Context(), app); err != nil || got.Bytes != nil || got.Left != 0 {
		t.Errorf("without a row: %+v, %v", got, err)
	}
	renew := func(f func(now client.Sealed) (client.Sealed, error)) (client.Sealed, error) {
		return s.store.Renew(t.Context(), app, true, func(_ context.Context, now client.Sealed) (client.Sealed, error) { return f(now) })
	}
	var during string
	_, err := renew(func(now client.Sealed) (client.Sealed, error) {
		if len(now.Bytes) != 0 || now.Left > 0 || now.Age < 0 {
			t.Errorf("a new row: %+v", now)
		}
		during = d.Text(t, `SELECT clock_timestamp()::text`)
		return client.Sealed{Bytes: []byte("one"), Left: time.Hour}, nil
	})
	storetest.Must(t, err)
	d.WantInt(t, 1, `SELECT count(*) FROM wechat_token WHERE token = 'one' AND renewed_at <= $1::timestamptz AND expires_at = renewed_at + interval '1 hour'`, during)
	got, err := s.store.Read(t.Context(), app)
	if err != nil || string(got.Bytes) != "one" || got.Left > time.Hour || got.Left < time.Minute || got.Age < 0 || got.Left+got.Age < time.Hour-2*time.Millisecond || got.Left+got.Age > time.Hour {
		t.Errorf("%+v, %v", got, err)
	}
	version := d.Text(t, `SELECT xmin::text || renewed_at FROM wechat_token`)
	_, err = renew(func(now client.Sealed) (client.Sealed, error) { return now, nil })
	storetest.Must(t, err)
	broken := errors.New("broken")
	if _, err := renew(func(client.Sealed) (client.Sealed, error) { return client.Sealed{Bytes: []byte("two")}, broken }); err != broken {
		t.Errorf("f's error: %v", err)
	}
	if now := d.Text(t, `SELECT xmin::text || renewed_at FROM wechat_token`); now != version {
		t.Error("the row was written")
	}
}

// A forced token is there for the others, which need no request of their own.
func TestForced(t *testing.T) {
	t.Parallel()
	d, p := storetest.NewDatabase(t), playWeChat(t)
	a, b := newServer(t, d.URL, p, "secret"), newServer(t, d.URL, p, "secret")
	callsAtOnce(t, 2, a, b)
	storetest.Must(t, a.ForceRefresh(t.Context()))
	p.wantIssued(t, 3) // the second only finds out what it replaces
	callsAtOnce(t, 20, a, b)
	p.wantIssued(t, 3)
}
