package main

import (
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// A database in another encoding than UTF8 is refused by every command that works on
// it, before anything is made.
func TestDatabaseNotInUTF8(t *testing.T) {
	t.Parallel()
	url := storetest.EncodedURL(t, "EUC_CN")
	c := on(t, url, serveEnv(url)...)
	for _, args := range [][]string{{"migrate"}, {"serve"}, {"show", "waybill", "xyz", "1"}, {"import", "merchants", "-"}, {"maintain"}} {
		c.reading("biz_id,biz_pwd\nxyz,pw\n").refuses("EUC_CN and has to be UTF8", args...)
	}
	if n := storetest.OpenDatabase(t, url).Int(t, `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace`); n != 0 {
		t.Errorf("%d things were made", n)
	}
}

// A server whose role lacks rights says which statement gives them, and goes on by itself once
// it was run.
func TestServeWithoutRights(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	d := storetest.OpenDatabase(t, url)
	role, asRole := d.Role(t)
	p := start(t, testConfig(asRole, wechat.Secure))
	p.log.wait(t, `\"goose_db_version\" TO \"`+role)
	d.Exec(t, `GRANT SELECT ON goose_db_version TO "`+role+`"`)
	rights := `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO `
	p.log.wait(t, rights+`\"`+role)
	if strings.Contains(p.log.String(), `"msg":"ready"`) {
		t.Error("it is ready")
	}
	d.Exec(t, rights+`"`+role+`"; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "`+role+`"`)
	p.waitReady(t)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
}

// A server that starts beside a locked table says who has it locked, and goes on when it
// is free.
func TestServeBesideLockedTable(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	d := storetest.OpenDatabase(t, url)
	for _, table := range []string{"goose_db_version", "catalogue"} {
		release := d.Lock(t, `LOCK TABLE `+table)
		p := start(t, testConfig(url, wechat.Secure))
		p.log.wait(t, `"of":"table `+table+`, locked by pid `)
		if !strings.Contains(p.log.String(), "idle in transaction, transaction open for ") {
			t.Errorf("it does not say since when:\n%s", p.log)
		}
		release()
		p.waitReady(t)
	}
}

// Timeouts of the database that end what takes long are in the log at the start.
func TestServeWithShortTimeouts(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	storetest.OpenDatabase(t, url).Exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''5s''', current_database()); END $$`)
	p := start(t, testConfig(url, wechat.Secure))
	p.waitReady(t)
	if !strings.Contains(p.log.String(), `"msg":"short timeouts of the database","settings":["statement_timeout = 5s"]`) {
		t.Errorf("not in\n%s", p.log)
	}
}

// migrate and import say on standard error for what they wait and who has it, at once.
func TestToolsSayForWhomTheyWait(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		url         string
		lock, waits string
		args        []string
	}{
		"migrate": {storetest.EmptyURL(t), `SELECT pg_advisory_lock(4097083626)`, "the migration waits for the lock of another migration", []string{"migrate"}},
		"import":  {storetest.URL(t), `BEGIN; LOCK TABLE waybill`, "the import waits for table waybill", []string{"import", "waybills", "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other, err := pgx.Connect(t.Context(), tt.url)
			must(t, err)
			_, err = other.Exec(t.Context(), tt.lock)
			must(t, err)
			cmd, log := process(t.TempDir(), []string{"CARRIERHOOK_DATABASE_URL=" + tt.url}, tt.args...), new(output)
			cmd.Stdin = strings.NewReader("biz_id,waybill_id,order_id\n")
			cmd.Stdout, cmd.Stderr = log, log
			launch(t, cmd)
			log.wait(t, fmt.Sprintf("%s, locked by pid %d ", tt.waits, other.PgConn().PID()))
			must(t, other.Close(t.Context()))
			if err := ends(t, cmd, log); err != nil {
				t.Errorf("%v\n%s", err, log)
			}
		})
	}
}
