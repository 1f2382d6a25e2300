package history

import (
	"context"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// wired is a connection to a database of its own, through a cable. It prepares
// nothing, so that the first that it writes in a transaction is all of it.
func wired(t *testing.T) (c *cable, through, direct *pgx.Conn) {
	t.Helper()
	direct, err := pgx.Connect(t.Context(), storetest.EmptyURL(t))
	storetest.Must(t, err)
	t.Cleanup(func() { direct.Close(context.Background()) })
	if _, err := direct.Exec(t.Context(), "CREATE TABLE kept (n int)"); err != nil {
		t.Fatal(err)
	}
	cfg := direct.Config()
	c = newCable(t, fmt.Sprintf("%s/.s.PGSQL.%d", cfg.Host, cfg.Port))
	through, err = pgx.Connect(t.Context(), fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable&default_query_exec_mode=exec", cfg.User, c.listener.Addr(), cfg.Database))
	storetest.Must(t, err)
	t.Cleanup(func() { through.Close(context.Background()) })
	return c, through, direct
}

// write is a transaction as a server does it: two batches, the second with the
// COMMIT.
func write(ctx context.Context, conn *pgx.Conn) error {
	var first, second pgx.Batch
	first.Queue("BEGIN")
	first.Queue("SELECT 1")
	if err := conn.SendBatch(ctx, &first).Close(); err != nil {
		return err
	}
	second.Queue("INSERT INTO kept VALUES (1)")
	second.Queue("COMMIT")
	return conn.SendBatch(ctx, &second).Close()
}

func kept(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	storetest.Must(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM kept").Scan(&n))
	return n
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for begun := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// awaitEnd waits until Postgres has ended a connection: nothing comes of it any more.
func awaitEnd(t *testing.T, conn *pgx.Conn, backend uint32) {
	t.Helper()
	eventually(t, "Postgres notices that the connection was cut", func() bool {
		var there bool
		storetest.Must(t, conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", backend).Scan(&there))
		return !there
	})
}

// Whoever is cut at a COMMIT gets no answer, and what was to be kept is kept or
// not, as the name of the place says. A cable that nobody lurks at passes all.
func TestAmbush(t *testing.T) {
	t.Parallel()
	const either = -1 // Postgres may notice before it commits that nobody is there
	for where, keeps := range map[string]int{
		"nowhere": 1, beforeCommit: 0, withinCommit: 0, afterCommit: either, beforeAnswer: 1, answerAndCable: 1,
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			c, through, direct := wired(t)
			hits := newTally()
			a := &ambush{where: where, hits: hits}
			a.left.Store(1)
			if where == answerAndCable {
				a.then = func(c *cable) { c.unplugFor(time.Hour) }
			}
			c.ambush.Store(a)
			backend := through.PgConn().PID()
			if err := write(t.Context(), through); (err == nil) != (where == "nowhere") {
				t.Errorf("the transaction ended with %v", err)
			}
			if where != "nowhere" && hits.hits(where) != 1 {
				t.Errorf("%d hits", hits.hits(where))
			}
			if where != "nowhere" {
				awaitEnd(t, direct, backend)
			}
			if got := kept(t, direct); got != keeps && keeps != either {
				t.Errorf("%d rows are kept, want %d", got, keeps)
			}
			if where == answerAndCable {
				if _, err := pgx.ConnectConfig(t.Context(), through.Config()); err == nil {
					t.Error("Postgres is within reach")
				}
				c.unplugFor(time.Millisecond)
				eventually(t, "Postgres is within reach", func() bool {
					conn, err := pgx.ConnectConfig(t.Context(), through.Config())
					if err == nil {
						conn.Close(context.Background())
					}
					return err == nil
				})
			}
		})
	}
}

// A stalled connection delivers late what it was given, also when nobody waits
// for the answer any more.
func TestStall(t *testing.T) {
	t.Parallel()
	c, through, direct := wired(t)
	if got := c.stall(time.Hour); got != 1 {
		t.Fatalf("%d connections stall", got)
	}
	answer := make(chan error, 1)
	go func() {
		_, err := through.Exec(t.Context(), "INSERT INTO kept VALUES (1)", pgx.QueryExecModeSimpleProtocol)
		answer <- err
	}()
	eventually(t, "something comes to the cable", func() bool {
		if len(answer) > 0 {
			t.Fatalf("nothing was held up: %v", <-answer)
		}
		return c.stalled.Load() > 0
	})
	through.PgConn().Conn().Close()
	if err := <-answer; err == nil {
		t.Error("an answer came through a stalled connection")
	}
	<-through.PgConn().CleanupDone() // it asks for a cancel, by another connection, which is past now
	if got := kept(t, direct); got != 0 {
		t.Fatalf("%d rows were delivered at once", got)
	}
	eventually(t, "the cancel's connection goes", func() bool { return len(c.present()) == 1 })
	const d = 100 * time.Millisecond
	begun := time.Now()
	if got := c.stall(d); got != 1 {
		t.Fatalf("%d connections stall on", got)
	}
	eventually(t, "it is delivered", func() bool { return kept(t, direct) > 0 })
	if took := time.Since(begun); took < d {
		t.Errorf("it was delivered after %v", took)
	}
}

// A cut ends every connection, and tells how many there were.
func TestCut(t *testing.T) {
	t.Parallel()
	c, through, _ := wired(t)
	if got := c.cut(); got != 1 {
		t.Errorf("%d connections cut", got)
	}
	if err := through.Ping(t.Context()); err == nil {
		t.Error("the connection lives")
	}
}
