package store

import (
	"context"
	"fmt"
	"io"
	"time"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// ImportReport says what an import did. Every line of the file after the header
// is counted once: as inserted, updated, unchanged or backwards.
type ImportReport struct {
	Lines     int64
	Inserted  int64
	Updated   int64
	Unchanged int64

	// Removed is how many rows the file no longer has, where a file is the whole
	// truth of its table: services, areas, routes and ranges.
	Removed int64

	// Lines that would have moved a waybill's status backwards. They were left
	// out; the first 100 by line number are named.
	Backwards      []BackwardsLine
	BackwardsCount int64
}

// BackwardsLine is a line that says less of a waybill than is known already.
type BackwardsLine struct {
	Line      int64
	WaybillID string
	From, To  waybill.Status
}

// ImportMerchants loads a CSV file with a header row of column names: biz_id
// and, optional, biz_pwd, no_password, cancel_allowed and quota.
//
// A merchant has a password in biz_pwd, or true in no_password: then its pushes need
// none, and any is taken. A known merchant of which the file says neither keeps what
// it has; but an empty cell of biz_pwd alone is a fault. An empty or missing
// cancel_allowed leaves a known merchant's contract alone and lets a new
// merchant cancel.
//
// A quota makes the merchant one that pays in advance and says how many waybills
// are left to it now. It is set and not added, also while pushes use it: what they
// took or gave back before no longer counts. An empty quota is a monthly account;
// without the column a known merchant keeps what it has.
//
// The whole file is checked before anything is loaded: what is wrong with it
// comes back as an *ImportError.
func (s *Store) ImportMerchants(ctx context.Context, r io.Reader) (ImportReport, error) {
	return s.runImport(ctx, r, merchantImport)
}

// ImportWaybills loads a CSV file with a header row of column names: biz_id,
// waybill_id, order_id and, optional, shop_app_id, service, status, booked_at,
// collected_at, charged_at, signed_at and cancelled_at. A time without a zone
// is UTC.
//
// Of a waybill that is known already a column that the file does not have stays
// as it is, and an empty cell clears the column, with two exceptions: an empty
// booked_at stays, and a line with an empty status says nothing about how far
// the parcel has come, so that the status and the times that belong to it stay.
// A status never moves backwards, and a cancel that a push won is never undone.
//
// The whole file is checked before anything is loaded: what is wrong with it
// comes back as an *ImportError. Then it is loaded in chunks, and an import
// that stops half way leaves whole chunks; the same file can be imported again.
//
// It needs a session of its own: a pooler in transaction mode does not do.
func (s *Store) ImportWaybills(ctx context.Context, r io.Reader) (ImportReport, error) {
	return s.runImport(ctx, r, waybillImport)
}

// importer carries one file from the reader to its table.
type importer struct {
	kind   importKind
	file   *importFile
	sql    importSQL
	conn   *pgx.Conn
	faults importFaults
	work   int64 // lines that say something new
	report ImportReport
}

func (s *Store) runImport(ctx context.Context, r io.Reader, kind importKind) (ImportReport, error) {
	im := &importer{kind: kind}
	var err error
	if im.file, err = openImportFile(r, kind.required, kind.optional, &im.faults); err != nil {
		return im.report, err
	}
	im.sql = kind.statements(im.file.has)
	if im.conn, err = s.importConn(ctx); err != nil {
		return im.report, err
	}
	defer closeImportConn(im.conn)
	for _, step := range []func(context.Context) error{im.stage, im.check, im.load, im.confirm} {
		if err := step(ctx); err != nil {
			return im.report, err
		}
	}
	return im.report, nil
}

// importSession makes room for sorting a large file and takes away whatever
// limits the pool's sessions have. Compiling short statements costs more than
// it gains.
const importSession = `SELECT set_config('temp_buffers', '32MB', false), set_config('work_mem', '64MB', false),
	set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false),
	set_config('jit', 'off', false), set_config('client_min_messages', 'warning', false)`

// importConn takes a connection out of the pool for good: the staged file lives
// and dies with it.
func (s *Store) importConn(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("import: connect: %w", err)
	}
	conn := pooled.Hijack()
	if _, err := conn.Exec(ctx, importSession); err != nil {
		closeImportConn(conn)
		return nil, fmt.Errorf("import: prepare the session: %w", err)
	}
	return conn, nil
}

// closeImportConn does not use the import's context, which may have ended: the
// server should still be told.
func closeImportConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing that the import did hangs on it
}
