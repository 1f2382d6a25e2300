package history

import (
	"context"
	"net"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// A silence loses what is said in both directions, and nobody notices: the
// connection is open, Postgres keeps the session, and a new one is neither made nor
// refused. Afterwards what lost nothing works, and what lost something does not.
func TestSilence(t *testing.T) {
	t.Parallel()
	c, through, direct := wired(t)
	idle, err := pgx.ConnectConfig(t.Context(), through.Config())
	storetest.Must(t, err)
	t.Cleanup(func() { idle.Close(context.Background()) })
	backend := through.PgConn().PID()
	if _, err := through.Exec(t.Context(), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	c.hush(time.Hour)
	ended := make(chan error, 2)
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	go func() {
		_, err := through.Exec(ctx, "INSERT INTO kept VALUES (1)", pgx.QueryExecModeSimpleProtocol)
		ended <- err
	}()
	go func() {
		_, err := pgx.ConnectConfig(ctx, idle.Config())
		ended <- err
	}()
	lost, err := net.Dial("tcp", c.listener.Addr().String())
	storetest.Must(t, err)
	defer lost.Close()
	wantsTLS := []byte{0, 0, 0, 8, 4, 210, 22, 47} // Postgres would answer at once
	if _, err := lost.Write(wantsTLS); err != nil {
		t.Fatal(err)
	}
	eventually(t, "three messages come to the cable", func() bool {
		if len(ended) > 0 {
			t.Fatalf("somebody was told: %v", <-ended)
		}
		return c.silence.swallowed.Load() >= 3
	})
	enough()
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("an answer came out of the silence")
		}
	}
	through.PgConn().Conn().Close()
	eventually(t, "the end of a connection comes to the cable", func() bool {
		if len(c.present()) < 3 {
			t.Fatal("Postgres was told of an end")
		}
		return c.silence.untold.Load() > 0
	})
	var state string
	if err := direct.QueryRow(t.Context(), "SELECT state FROM pg_stat_activity WHERE pid = $1", backend).Scan(&state); err != nil {
		t.Fatalf("Postgres was told of an end: %v", err)
	}
	c.hush(0)
	awaitEnd(t, direct, backend)
	if got := kept(t, direct); state != "idle in transaction" || got != 0 {
		t.Errorf("the session was %s, %d rows are kept", state, got)
	}
	if err := idle.Ping(t.Context()); err != nil {
		t.Errorf("a connection that lost nothing is dead: %v", err)
	}
	before := c.silence.swallowed.Load()
	if _, err := lost.Write(wantsTLS); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := lost.Read(make([]byte, 1))
		answered <- err
	}()
	eventually(t, "what is said is lost", func() bool {
		if len(answered) > 0 {
			t.Fatal("a connection that lost something is used again")
		}
		return c.silence.swallowed.Load() > before
	})
	c.cut() // pgx's cancel request waits for an answer
	<-answered
}
