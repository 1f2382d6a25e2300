package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// alter sets something for all sessions to come of a database.
func alter(t *testing.T, d storetest.Database, settings ...string) {
	t.Helper()
	for _, s := range settings {
		d.Exec(t, fmt.Sprintf(`DO $do$ BEGIN EXECUTE format('ALTER DATABASE %%I SET %s', current_database()); END $do$`, strings.ReplaceAll(s, "'", "''")))
	}
}

// wantRefused expects a migration to say why it cannot be, and to make nothing.
func wantRefused(t *testing.T, owner, url string, parts ...string) error {
	t.Helper()
	before := len(schemaOf(t, owner))
	err := store.Migrate(t.Context(), url, nil)
	for _, part := range parts {
		if !errors.Is(err, store.ErrUnsuitable) || !contains(err.Error(), part) {
			t.Errorf("want a refusal with %q, got %v", part, err)
		}
	}
	if after := len(schemaOf(t, owner)); after != before {
		t.Errorf("%v: made %d things", err, after-before)
	}
	return err
}

// A database whose encoding is not UTF8 is refused by its name, before anything is made
// in it, and none is served.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"EUC_CN", "LATIN1", "SQL_ASCII"} {
		url := storetest.EncodedURL(t, encoding)
		wantRefused(t, url, url, encoding, "has to be UTF8", "ENCODING 'UTF8'")
		s, err := store.Open(t.Context(), options(url))
		storetest.Must(t, err)
		defer s.Close()
		if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrUnsuitable) || !contains(err.Error(), encoding) {
			t.Errorf("%s: serve: %v", encoding, err)
		}
	}
}

// A Postgres that is too old is refused by its number.
func TestOldPostgres(t *testing.T) {
	t.Parallel()
	for major, fine := range map[int]bool{9: false, 14: false, 15: true, 18: true} {
		if err := store.VersionFault(major); (err == nil) != fine || err != nil && !contains(err.Error(), fmt.Sprint("Postgres ", major)) {
			t.Errorf("%d: %v", major, err)
		}
	}
}

// A database that takes no writes is not migrated.
func TestMigrateReadOnly(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	alter(t, storetest.OpenDatabase(t, url), `default_transaction_read_only = on`)
	wantRefused(t, url, url, "takes no writes", "default_transaction_read_only")
}

// given is the statement by which an error says that a right is given.
func given(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		t.Fatal("nothing is missing")
	}
	_, statement, found := strings.Cut(err.Error(), " by: ")
	if !found {
		t.Fatalf("no statement in: %v", err)
	}
	return statement
}

// A role that may not make the tables is given that right by the statement that the
// refusal names, and may not change tables that are another role's.
func TestMigrateRights(t *testing.T) {
	t.Parallel()
	d := storetest.OpenDatabase(t, storetest.EmptyURL(t))
	role, url := d.Role(t)
	d.Exec(t, `REVOKE ALL ON SCHEMA public FROM PUBLIC`)
	d.Exec(t, given(t, wantRefused(t, d.URL, url, role, "search_path", "GRANT USAGE")))
	d.Exec(t, given(t, wantRefused(t, d.URL, url, role, "schema public", "CREATE")))
	if err := store.Migrate(t.Context(), url, nil); err != nil {
		t.Errorf("with the right: %v", err)
	}
	another, asAnother := d.Role(t)
	d.Exec(t, `GRANT USAGE, CREATE ON SCHEMA public TO "`+another+`"`)
	wantRefused(t, d.URL, asAnother, "belong to role "+role, another)
}

// A server's role is given the rights that it lacks by the statements that the errors
// name, one after the other, until it works.
func TestServerRights(t *testing.T) {
	t.Parallel()
	owner := newStore(t)
	owner.AddWaybills(t, "W")
	role, url := owner.Role(t)
	s, err := store.Open(t.Context(), options(url))
	storetest.Must(t, err)
	defer s.Close()
	check := func() error {
		if err := s.CheckSchema(t.Context()); err != nil {
			return err
		}
		return s.CheckRights(t.Context())
	}
	grants := 0
	for err := check(); err != nil; err = check() {
		statement := given(t, err)
		if grants++; grants > 2 || !contains(statement, role) {
			t.Fatalf("after %d: %v", grants, err)
		}
		owner.Exec(t, statement)
	}
	if grants != 2 { // of the schema's version, and of all tables
		t.Errorf("%d statements gave all rights", grants)
	}
	owner.Exec(t, `REVOKE DELETE, UPDATE ON push FROM "`+role+`"; REVOKE INSERT, SELECT ON push_default FROM "`+role+`"`)
	if err := check(); err != nil {
		t.Errorf("the ledger is only added to: %v", err)
	}
	owner.Exec(t, `REVOKE UPDATE ON waybill, quota FROM "`+role+`"; REVOKE USAGE ON SEQUENCE event_position FROM "`+role+`"`)
	err = check()
	if want := `GRANT UPDATE ON quota TO "` + role + `"; GRANT UPDATE ON waybill TO "` + role + `"; GRANT USAGE ON SEQUENCE event_position TO "` + role + `"`; given(t, err) != want {
		t.Errorf("want %s, got %v", want, err)
	}
	cancel := func() error {
		ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
		defer stop()
		_, err := s.Express.Cancel(ctx, expresstest.CancelPush(1, "W"))
		return err
	}
	owner.Exec(t, given(t, cancel()))
	if err := cancel(); err != nil {
		t.Errorf("a push, with the right: %v", err)
	}
}

// What is done beside pushes says too which right is missing.
func TestRightsOfTools(t *testing.T) {
	t.Parallel()
	owner := newStore(t)
	role, url := owner.Role(t)
	owner.FormerMonth(t, 5)
	owner.Exec(t, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO "`+role+`"`)
	owner.Exec(t, `DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$`)
	s, err := store.Open(t.Context(), options(url))
	storetest.Must(t, err)
	defer s.Close()
	for what, do := range map[string]func() error{
		"import waybills": func() error {
			_, err := imports["waybills"].do(t.Context(), testStore{Store: s})
			return err
		},
		"trust the clock": func() error { _, err := s.TrustClock(t.Context()); return err },
		"check the clock": func() error { _, err := s.CheckClock(t.Context()); return err },
	} {
		for range 5 {
			if err = do(); err == nil {
				break
			}
			owner.Exec(t, given(t, err))
		}
		if err != nil {
			t.Errorf("%s: with all rights that it named: %v", what, err)
		}
	}
	if _, err := s.MaintainLedger(t.Context(), 1); !contains(given(t, err), `OWNER TO "`+role+`"`) {
		t.Errorf("drop a month: %v", err)
	}
}

// Whatever the database sets for the texts of its sessions, ids are read as they were sent.
func TestSessionSettings(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "simple_protocol"} {
		d := storetest.OpenDatabase(t, storetest.EmptyURL(t))
		alter(t, d, `client_encoding = 'GBK'`, `standard_conforming_strings = off`, `escape_string_warning = on`)
		if err := store.Migrate(t.Context(), d.URL, nil); err != nil {
			t.Errorf("%s: migrate: %v", mode, err)
			continue
		}
		st, err := store.Open(t.Context(), queryMode(mode)(options(d.URL)))
		storetest.Must(t, err)
		defer st.Close()
		s := expresstest.Store{Store: st.Express, Database: d} // whose session is from before
		expresstest.AddMerchant(t, d)
		s.AddWaybills(t, "单号1")
		s.WantCancel(t, expresstest.CancelPush(1, "单号1"), waybill.Accepted, false)
		s.WantCancel(t, expresstest.CancelPush(2, `\单号'2`), waybill.UnknownWaybill, false)
	}
}

// Timeouts that end what a server or its maintenance may take are named.
func TestShortTimeouts(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	alter(t, d.Database, `statement_timeout = '3s'`, `lock_timeout = '1s'`, `idle_in_transaction_session_timeout = '1min'`)
	d.Forget()
	got, err := d.ShortTimeouts(t.Context())
	if err != nil || fmt.Sprint(got) != "[statement_timeout = 3s]" {
		t.Errorf("%v, %v", got, err)
	}
	alter(t, d.Database, `statement_timeout = '1min'`)
	d.Forget()
	if got, err := d.ShortTimeouts(t.Context()); err != nil || len(got) > 0 {
		t.Errorf("a minute: %v, %v", got, err)
	}
}
