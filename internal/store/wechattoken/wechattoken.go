// Package wechattoken keeps WeChat's access tokens, one for each app id, for all servers:
// sealed, with the times by the database's clock. Whoever replaces one locks its row, and so
// only one server at a time does.
//
// It cannot open a token, and calls nobody: what happens under the lock is given to it.
package wechattoken

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/wechat/client"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The limits of a lock. What is done under it is one request to WeChat of five seconds, two
// where the token is replaced by hand; a server that has stopped in the middle loses the lock.
const (
	maxWait   = 6 * time.Second
	maxLocked = 12 * time.Second

	readTimeout  = 5 * time.Second
	renewTimeout = maxWait + maxLocked
)

const (
	// maxReads and maxRenewals are how many connections the tokens of all mini programs may
	// use. A renewal has its connection while WeChat is asked, which may not answer.
	maxReads    = 1
	maxRenewals = 1

	// maxYield limits how long they wait while all connections are in use.
	maxYield = 100 * time.Millisecond

	// lockPause is from one look at a locked row to the next.
	lockPause = 100 * time.Millisecond
)

// Store is safe for use by many goroutines, and leaves the connections of the pool to pushes:
// whoever waits, for another server's lock or for others here, has none.
type Store struct {
	pool               *pg.Pool
	reads, renewals    pg.Semaphore
	maxWait, maxLocked time.Duration
}

// New makes a Store.
func New(pool *pg.Pool) *Store {
	return &Store{pool, pg.NewSemaphore(maxReads), pg.NewSemaphore(maxRenewals), maxWait, maxLocked}
}

// with does something on a connection, when one may be used. It waits for that until a time.
func (s *Store) with(ctx context.Context, use pg.Semaphore, until time.Time, do func(context.Context, *pgxpool.Conn) error) error {
	waiting, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	done, err := use.Acquire(waiting)
	if err != nil {
		return err
	}
	defer done()
	s.pool.Yield(waiting, maxYield)
	return s.pool.Once(ctx, do)
}

// left and age are of a row, in milliseconds.
const (
	left = `floor(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::bigint`
	age  = `floor(extract(epoch FROM clock_timestamp() - renewed_at) * 1000)::bigint`
)

// Read returns what is stored.
func (s *Store) Read(ctx context.Context, appID string) (stored client.Sealed, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	err = s.with(ctx, s.reads, time.Now().Add(readTimeout), func(ctx context.Context, conn *pgxpool.Conn) error {
		stored, _, err = scan(conn.QueryRow(ctx, `SELECT token, `+left+`, `+age+`, clock_timestamp() FROM wechat_token WHERE app_id = $1`, appID))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return client.Sealed{}, nil
	}
	if err != nil {
		return client.Sealed{}, fmt.Errorf("read the access token of WeChat: %w", err)
	}
	return stored, nil
}

func scan(row pgx.Row) (stored client.Sealed, at time.Time, err error) {
	var left, age int64
	err = row.Scan(&stored.Bytes, &left, &age, &at)
	stored.Left, stored.Age = time.Duration(left)*time.Millisecond, time.Duration(age)*time.Millisecond
	return stored, at, err
}

// Renew calls f with what is stored, while nobody else can change it, and stores what f
// returns. What is the same token already is not written.
func (s *Store) Renew(ctx context.Context, appID string, wait bool, f func(context.Context, client.Sealed) (client.Sealed, error)) (stored client.Sealed, err error) {
	ctx, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	var failed error // of f
	until := time.Now().Add(s.maxWait)
	renew := func(ctx context.Context, conn *pgxpool.Conn) (err error) {
		stored, failed, err = s.renew(ctx, conn, appID, f)
		return err
	}
	for {
		err = s.with(ctx, s.renewals, until, renew)
		if !wait || !errors.Is(err, client.ErrLocked) || time.Until(until) < lockPause || !pg.Pause(ctx, lockPause) {
			break
		}
	}
	switch {
	case failed != nil:
		return client.Sealed{}, failed
	case errors.Is(err, client.ErrLocked):
		return client.Sealed{}, client.ErrLocked
	case err != nil:
		return client.Sealed{}, fmt.Errorf("renew the access token of WeChat: %w", err)
	}
	return stored, nil
}

// renew is Renew where the row is not locked. failed is f's error.
func (s *Store) renew(ctx context.Context, conn *pgxpool.Conn, appID string, f func(context.Context, client.Sealed) (client.Sealed, error)) (stored client.Sealed, failed, err error) {
	// A row that is there to be locked. Uncommitted, it could not be passed over.
	if _, err := conn.Exec(ctx, `INSERT INTO wechat_token (app_id, token, renewed_at, expires_at) VALUES ($1, '', clock_timestamp(), clock_timestamp())
		ON CONFLICT (app_id) DO NOTHING`, appID); err != nil {
		return stored, nil, err
	}
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		now, at, err := s.lock(ctx, tx, appID)
		if err != nil {
			return err
		}
		if stored, failed = f(ctx, now); failed != nil || bytes.Equal(stored.Bytes, now.Bytes) {
			return failed
		}
		_, err = tx.Exec(ctx, `UPDATE wechat_token SET token = $2, renewed_at = $3, expires_at = $4 WHERE app_id = $1`,
			appID, stored.Bytes, at, at.Add(stored.Left))
		return err
	})
	return stored, failed, err
}

// lock locks the row of an app id, unless another server has, and tells the time before that:
// f's request comes later, so that a token ends rather too early.
func (s *Store) lock(ctx context.Context, tx pgx.Tx, appID string) (now client.Sealed, at time.Time, err error) {
	var b pgx.Batch
	b.Queue(pg.SetTimeouts, millis(s.maxWait), millis(s.maxWait+time.Second), millis(s.maxLocked))
	b.Queue(`SELECT token, `+left+`, `+age+`, clock_timestamp() FROM wechat_token WHERE app_id = $1 FOR UPDATE SKIP LOCKED`, appID)
	res := tx.SendBatch(ctx, &b)
	defer res.Close()
	if _, err := res.Exec(); err != nil {
		return now, at, err
	}
	now, at, err = scan(res.QueryRow())
	if errors.Is(err, pgx.ErrNoRows) {
		err = client.ErrLocked
	}
	return now, at, err
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
