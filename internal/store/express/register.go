package express

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

const (
	// As with bookings nothing is locked: a waybill that is new has no row to lock.
	// The constraints find out which one was faster when the rows are written.
	readNumbered = `SELECT ` + waybillColumns + `
		FROM unnest($1::text[]) AS q (waybill_id)
		JOIN waybill w ON w.waybill_id = q.waybill_id`

	// A number that is an instant delivery's is nobody's to register.
	readDelivering = `SELECT waybill_id FROM delivery_attempt WHERE waybill_id = ANY ($1::text[])`

	readOrdered = `SELECT ` + waybillColumns + `
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, order_id)
		JOIN waybill w ON w.biz_id = q.biz_id AND w.order_id = q.order_id`

	insertRegistered = `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, status, booked_at)
		SELECT biz_id, waybill_id, order_id, shop_app_id, service, 'booked', booked_at
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
			AS q (biz_id, waybill_id, order_id, shop_app_id, service, booked_at)`
)

// registerJob is one registration.
type registerJob struct {
	batch.Task
	req      waybill.Registration
	decision waybill.RegistrationDecision
}

// newRegisterJob makes the texts of a registration such as Postgres stores: it
// has to be the same when it comes again.
func newRegisterJob(r waybill.Registration) *registerJob {
	for _, s := range []*string{&r.BizID, &r.WaybillID, &r.OrderID, &r.ShopAppID, &r.Service} {
		*s = pg.Storable(*s)
	}
	return &registerJob{Task: batch.Task{Owner: r.BizID}, req: r}
}

func (j *registerJob) Writes() bool { return j.decision.Changes() }

func (j *registerJob) key() waybillKey { return waybillKey{j.req.BizID, j.req.WaybillID} }

func (j *registerJob) order() orderKey { return orderKey{j.req.BizID, j.req.OrderID} }

// Register makes a waybill that was booked elsewhere known, together with those that
// arrive at the same time; waybill.NewRegistration made it. After a transient error it is
// tried again until ctx ends. An error that is ledger.ErrOutcomeUnknown says that the
// waybill may be on record; any other says that this report has not recorded it.
func (s *Store) Register(ctx context.Context, r waybill.Registration) (waybill.RegistrationDecision, error) {
	j := newRegisterJob(r)
	if err := s.registers.Do(ctx, j); err != nil {
		return waybill.RegistrationDecision{}, err
	}
	return j.decision, nil
}

// registerTransaction makes a batch of waybills known. It leaves no rows in the
// ledger.
type registerTransaction struct {
	loaded
	store    *Store
	numbered map[string]*waybill.Waybill
	ordered  map[orderKey]*waybill.Waybill
	services serviceCodes
}

func (tx *registerTransaction) QueueLoad(b *pgx.Batch, jobs []*registerJob) {
	numbers, bizIDs, orderIDs, services := []string{}, []string{}, []string{}, []string{}
	for _, j := range jobs {
		services = append(services, j.req.Service)
		numbers, bizIDs, orderIDs = append(numbers, j.req.WaybillID), append(bizIDs, j.req.BizID), append(orderIDs, j.req.OrderID)
	}
	// Numbers last of the two: what is committed in between is then found by its
	// number, which tells the same registration from another.
	b.Queue(readOrdered, bizIDs, orderIDs)
	b.Queue(readNumbered, numbers)
	b.Queue(readDelivering, numbers)
	b.Queue(readCodes, services)
	b.Queue(readMerchants, bizIDs)
}

func (tx *registerTransaction) Load(res pgx.BatchResults) error {
	tx.numbered, tx.ordered = map[string]*waybill.Waybill{}, map[orderKey]*waybill.Waybill{}
	err := loadWaybills(res, func(w *waybill.Waybill) { tx.ordered[orderKey{w.BizID, w.OrderID}] = w })
	if err != nil {
		return err
	}
	if err := loadWaybills(res, func(w *waybill.Waybill) { tx.numbered[w.ID] = w }); err != nil {
		return err
	}
	err = pg.EachRow(res, func(rows pgx.Rows) error {
		w := new(waybill.Waybill) // of no merchant: no registration is the same
		err := rows.Scan(&w.ID)
		tx.numbered[w.ID] = w
		return err
	})
	if err != nil {
		return fmt.Errorf("read numbers: %w", err)
	}
	if tx.services, err = loadCodes(res); err != nil {
		return err
	}
	return tx.loadMerchants(res)
}

// Decide applies the rule to each registration of the batch, one after the other, so
// that each sees what those before it have taken. What is not to be recorded is
// decided with that.
func (tx *registerTransaction) Decide(jobs []*registerJob) (kept []*registerJob) {
	latest := tx.Latest(tx.store.clock())
	for _, j := range jobs {
		numbered := tx.numbered[j.req.WaybillID]
		sent := j.decision
		j.decision = waybill.DecideRegistration(j.req, tx.merchants[j.req.BizID], numbered, tx.ordered[j.order()], tx.services.has(j.req.Service), tx.Now, latest)
		switch {
		case j.InDoubt && j.decision.Verdict == waybill.Repeated && numbered.BookedAt.Equal(j.req.BookedAt):
			// The commit that was in doubt did happen.
			j.decision, j.Resolved = sent, true
			kept = append(kept, j)
		case j.decision.Verdict == waybill.Repeated:
			j.Resolved = true
			kept = append(kept, j)
		case !j.Writes():
			j.Decided = true
		default:
			w := &j.decision.Waybill
			tx.numbered[w.ID], tx.ordered[j.order()] = w, w
			j.req.BookedAt = w.BookedAt // the same at each try, by which its own row is known
			kept = append(kept, j)
		}
	}
	return kept
}

func (tx *registerTransaction) QueueWrite(b *pgx.Batch, kept []*registerJob) {
	fresh, resolved := batch.Split(kept)
	made := map[waybillKey]bool{} // not there before the rows are written, and needs no touch
	for _, j := range fresh {
		made[j.key()] = true
	}
	resolved = slices.DeleteFunc(resolved, func(j *registerJob) bool { return made[j.key()] })
	// As with bookings: what is there is locked before what is new.
	touchFound(b, fresh, resolved, func(j *registerJob) batch.RowKey { return batch.RowKey{j.req.BizID, j.req.WaybillID} })
	if len(fresh) > 0 {
		queueRegistered(b, fresh)
	}
}

// queueRegistered gives the rows in the order in which locks are taken, which is
// the import's too: transactions that write the same ones wait, and do not deadlock.
func queueRegistered(b *pgx.Batch, fresh []*registerJob) {
	made := slices.SortedFunc(slices.Values(fresh), func(x, y *registerJob) int {
		if c := strings.Compare(x.req.BizID, y.req.BizID); c != 0 {
			return c
		}
		return strings.Compare(x.req.WaybillID, y.req.WaybillID)
	})
	n := len(made)
	bizIDs, waybillIDs, orderIDs := make([]string, n), make([]string, n), make([]string, n)
	shops, services, bookedAt := make([]string, n), make([]string, n), make([]time.Time, n)
	for i, j := range made {
		w := &j.decision.Waybill
		bizIDs[i], waybillIDs[i], orderIDs[i] = w.BizID, w.ID, w.OrderID
		shops[i], services[i], bookedAt[i] = w.ShopAppID, w.Service, w.BookedAt
	}
	b.Queue(insertRegistered, bizIDs, waybillIDs, orderIDs, shops, services, bookedAt)
}
