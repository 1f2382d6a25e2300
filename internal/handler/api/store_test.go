package api_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/event"
	"carrierhook/internal/handler/api"
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

var (
	_ api.ExpressStore = (*store)(nil)
	_ api.InstantStore = instantStore{}
	_ api.Ledger       = (*store)(nil)
	_ api.Feed         = (*store)(nil)
)

// store is a store in memory. Packages waybill and delivery decide for it; before may
// make a call fail, panic or wait.
type store struct {
	mu        sync.Mutex
	now       time.Time
	merchants map[string]*waybill.Merchant
	reviews   []waybill.Review
	waybills  map[string]*waybill.Waybill // by number
	bookings  map[string]*waybill.Booking
	scans     map[string][]waybill.RecordedScan
	scansCut  bool
	entries   []ledger.Entry
	endless   bool                                 // the ledger always has older entries
	orders    map[[2]string]*delivery.OrderHistory // by shop and order

	before func(ctx context.Context, call any) error // nil: nothing
	handed []event.Handed                            // of the feed, whose epoch is testEpoch
	late   time.Duration
	moved  chan struct{} // closed when something was handed in

	calls []any // their arguments, as they came
}

// callsOf are the store's calls with arguments of a type.
func callsOf[T any](s *server) (calls []T) {
	for _, c := range s.store.calls {
		if c, ok := c.(T); ok {
			calls = append(calls, c)
		}
	}
	return calls
}

func newStore() *store {
	return &store{
		now:       time.Date(2026, 11, 22, 4, 5, 6, 789_123_000, time.UTC),
		merchants: map[string]*waybill.Merchant{},
		waybills:  map[string]*waybill.Waybill{},
		bookings:  map[string]*waybill.Booking{},
		scans:     map[string][]waybill.RecordedScan{},
		orders:    map[[2]string]*delivery.OrderHistory{},
		moved:     make(chan struct{}),
	}
}

// enter begins a call, which ends with s.mu.Unlock unless there is an error.
func (s *store) enter(ctx context.Context, call any) error {
	if s.before != nil {
		if err := s.before(ctx, call); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.calls = append(s.calls, call)
	return nil
}

func (s *store) Scan(ctx context.Context, scan waybill.Scan) (d waybill.ScanDecision, err error) {
	if err = s.enter(ctx, scan); err != nil {
		return d, err
	}
	defer s.mu.Unlock()
	scans := s.scans[scan.WaybillID]
	var recorded *waybill.RecordedScan
	if i := slices.IndexFunc(scans, func(t waybill.RecordedScan) bool { return t.Key == scan.Key }); i >= 0 {
		recorded = &scans[i]
	}
	d = waybill.DecideScan(scan, s.waybills[scan.WaybillID], recorded, s.now, s.now)
	if d.Changes() {
		*s.waybills[scan.WaybillID] = d.Waybill
		scans = append(scans, waybill.RecordedScan{
			Action: scan.Action, At: scan.At, Message: scan.Message, Key: scan.Key, RecordedAt: s.now, RecordedBy: scan.By,
		})
		slices.SortStableFunc(scans, func(a, b waybill.RecordedScan) int { return a.At.Compare(b.At) })
		s.scans[scan.WaybillID] = scans
	}
	return d, nil
}

func (s *store) Charge(ctx context.Context, c waybill.Charge) (d waybill.ChargeDecision, err error) {
	if err = s.enter(ctx, c); err != nil {
		return d, err
	}
	defer s.mu.Unlock()
	d = waybill.DecideCharge(c, s.waybills[c.WaybillID], s.now, s.now)
	if d.Changes() {
		*s.waybills[c.WaybillID] = d.Waybill
	}
	return d, nil
}

func (s *store) Register(ctx context.Context, r waybill.Registration) (d waybill.RegistrationDecision, err error) {
	if err = s.enter(ctx, r); err != nil {
		return d, err
	}
	defer s.mu.Unlock()
	var ordered *waybill.Waybill
	for _, w := range s.waybills {
		if w.BizID == r.BizID && w.OrderID == r.OrderID {
			ordered = w
		}
	}
	d = waybill.DecideRegistration(r, s.merchants[r.BizID], s.waybills[r.WaybillID], ordered, r.Service != "nosuch", s.now, s.now)
	if d.Changes() {
		s.waybills[r.WaybillID] = new(d.Waybill)
	}
	return d, nil
}

func (s *store) PutMerchant(ctx context.Context, c waybill.Contract) (waybill.Merchant, bool, error) {
	if err := s.enter(ctx, c); err != nil {
		return waybill.Merchant{}, false, err
	}
	defer s.mu.Unlock()
	m, there := s.merchants[c.BizID]
	if !there && !c.SaysPassword() {
		return waybill.Merchant{}, false, &input.FieldError{Field: "password", Err: waybill.ErrPasswordMissing}
	}
	if !there {
		m = &waybill.Merchant{BizID: c.BizID, CancelAllowed: true}
		s.merchants[c.BizID] = m
	}
	if c.SaysPassword() {
		m.PasswordHash = ""
		if c.Password.Given {
			m.PasswordHash = "a hash"
		}
	}
	set(&m.CancelAllowed, c.CancelAllowed)
	set(&m.Services, c.Services)
	if c.Quota.Given {
		m.Prepaid, m.Quota = c.Quota.Value != nil, 0
		if m.Prepaid {
			m.Quota = *c.Quota.Value
		}
	}
	return *m, !there, nil
}

func set[T any](to *T, s waybill.Setting[T]) {
	if s.Given {
		*to = s.Value
	}
}

func (s *store) Merchant(ctx context.Context, bizID string) (m waybill.Merchant, err error) {
	if err = s.enter(ctx, bizID); err != nil {
		return m, err
	}
	defer s.mu.Unlock()
	if m, ok := s.merchants[bizID]; ok {
		return *m, nil
	}
	return m, ledger.ErrNotFound
}

func (s *store) DecideReview(ctx context.Context, r waybill.ReviewResult) (d waybill.ReviewDecision, err error) {
	if err = s.enter(ctx, r); err != nil {
		return d, err
	}
	defer s.mu.Unlock()
	for i := range s.reviews {
		if s.reviews[i].ReviewKey == r.ReviewKey {
			d = waybill.DecideReview(r, s.now, s.reviews[i])
			s.reviews[i] = d.Review
			return d, nil
		}
	}
	return d, ledger.ErrNotFound
}

func (s *store) Reviews(ctx context.Context, q waybill.ReviewQuery) (page []waybill.Review, more bool, err error) {
	if err = s.enter(ctx, q); err != nil {
		return nil, false, err
	}
	defer s.mu.Unlock()
	oldest := func(x, y waybill.Review) int {
		return cmp.Or(x.RequestedAt.Compare(y.RequestedAt), cmp.Compare(x.BizID, y.BizID), cmp.Compare(x.ShopAppID, y.ShopAppID), cmp.Compare(x.Account, y.Account))
	}
	for _, r := range slices.SortedFunc(slices.Values(s.reviews), oldest) {
		if !fits(string(q.State), string(r.State)) || q.After != nil && oldest(r, waybill.Review{ReviewKey: q.After.ReviewKey, RequestedAt: q.After.RequestedAt}) <= 0 {
			continue
		}
		if len(page) == q.Limit {
			return page, true, nil
		}
		page = append(page, r)
	}
	return page, false, nil
}

func (s *store) History(ctx context.Context, bizID, waybillID string, limit int) (h waybill.History, err error) {
	if err = s.enter(ctx, [2]string{bizID, waybillID}); err != nil {
		return h, err
	}
	defer s.mu.Unlock()
	if w, ok := s.waybills[waybillID]; ok && w.BizID == bizID {
		h.Waybill, h.Booking, h.Scans = new(*w), s.bookings[waybillID], slices.Clone(s.scans[waybillID])
	}
	h.ScansCut = s.scansCut
	h.Pushes, h.More = s.page(ledger.Filter{BizID: bizID, WaybillID: waybillID, Limit: limit})
	if h.Waybill == nil && len(h.Pushes) == 0 {
		return h, ledger.ErrNotFound
	}
	return h, nil
}

func (s *store) Waybills(ctx context.Context, q waybill.WaybillQuery) (found []waybill.Waybill, err error) {
	if err = s.enter(ctx, q); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	for _, w := range s.waybills {
		if fits(q.BizID, w.BizID) && fits(q.WaybillID, w.ID) && fits(q.OrderID, w.OrderID) {
			found = append(found, *w)
		}
	}
	slices.SortFunc(found, func(a, b waybill.Waybill) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

func (s *store) List(ctx context.Context, q ledger.Filter) (page []ledger.Entry, more bool, err error) {
	if err = s.enter(ctx, q); err != nil {
		return nil, false, err
	}
	defer s.mu.Unlock()
	if s.endless {
		return []ledger.Entry{{At: s.now, Serial: 7, Event: "e", Format: "xml", Mode: "plain"}}, true, nil
	}
	page, more = s.page(q)
	return page, more, nil
}

// page is a page of the ledger's entries.
func (s *store) page(q ledger.Filter) (page []ledger.Entry, more bool) {
	all := slices.Clone(s.entries)
	newest := func(a, b ledger.Entry) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Serial, a.Serial)) }
	slices.SortFunc(all, newest)
	for _, p := range all {
		if !fits(q.BizID, p.BizID) || !fits(q.WaybillID, p.WaybillID) || !fits(q.OrderID, p.OrderID) ||
			q.Event != ledger.AnyInstant && !fits(q.Event, p.Event) ||
			q.Event == ledger.AnyInstant && !ledger.Instant(p.Event) || !fits(q.Reason, p.Reason) || !fits(q.Account, p.Account) ||
			q.Repeat != nil && *q.Repeat != p.Repeat ||
			q.Result != nil && (p.ResultCode == nil || *q.Result != *p.ResultCode) ||
			!q.From.IsZero() && p.At.Before(q.From) || !q.To.IsZero() && !p.At.Before(q.To) ||
			q.Before != nil && newest(ledger.Entry{At: q.Before.At, Serial: q.Before.Serial}, p) >= 0 {
			continue
		}
		if len(page) == q.Limit {
			return page, true
		}
		page = append(page, p)
	}
	return page, false
}

func fits(wanted, got string) bool { return wanted == "" || wanted == got }

func (s *store) ReportStatus(ctx context.Context, r delivery.StatusReport) (d delivery.StatusDecision, err error) {
	if err = s.enter(ctx, r); err != nil {
		return d, err
	}
	defer s.mu.Unlock()
	var prior *delivery.PlacedOrder
	var named *delivery.AttemptHistory
	recorded := false
	if order := s.orders[[2]string{r.ShopID, r.OrderID}]; order != nil {
		prior = &delivery.PlacedOrder{ShopNo: order.ShopNo}
		for i := range order.Attempts {
			a := &order.Attempts[i]
			prior.Attempts = append(prior.Attempts, a.Attempt)
			if a.WaybillID == r.WaybillID {
				named = a
				recorded = slices.ContainsFunc(a.Steps, func(s delivery.Step) bool {
					return s.Status == r.Status && s.At.Equal(r.At) && s.Message == r.Message
				})
			}
		}
	}
	d = delivery.DecideStatus(r, prior, recorded, s.now)
	if d.Changes() {
		named.Attempt = d.Attempt
		named.Steps = append(named.Steps, delivery.Step{
			Status: r.Status, At: r.At, Message: r.Message, Agent: r.Agent, ExpectedAt: r.ExpectedAt, RecordedAt: s.now, RecordedBy: r.By,
		})
	}
	return d, nil
}

// instantStore is the store as an InstantStore: each family has a History.
type instantStore struct{ *store }

func (s instantStore) History(ctx context.Context, shopID, orderID string, limit int) (
	r delivery.OrderHistory, pushes []ledger.Entry, more bool, err error,
) {
	if err = s.enter(ctx, [2]string{shopID, orderID}); err != nil {
		return r, nil, false, err
	}
	defer s.mu.Unlock()
	order := s.orders[[2]string{shopID, orderID}]
	if order == nil {
		return r, nil, false, ledger.ErrNotFound
	}
	pushes, more = s.page(ledger.Filter{BizID: shopID, OrderID: orderID, Event: ledger.AnyInstant, Limit: limit})
	return *order, pushes, more, nil
}

// booked stores a waybill.
func (s *server) booked(bizID, id string) *waybill.Waybill {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	w := &waybill.Waybill{
		BizID: bizID, ID: id, OrderID: "O-" + id, ShopAppID: "wx1", Service: "EXPRESS", Status: waybill.Booked,
		FromQuota: true, BookedAt: s.store.now.Add(-time.Hour),
	}
	s.store.waybills[id] = w
	return w
}

// review stores a review that is pending.
func (s *server) review(account, bizID, shopAppID string) *waybill.Review {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.reviews = append(s.store.reviews, waybill.Review{
		ReviewKey: waybill.ReviewKey{Account: account, BizID: bizID, ShopAppID: shopAppID}, State: waybill.ReviewPending, RequestedAt: s.store.now.Add(-time.Hour),
	})
	return &s.store.reviews[len(s.store.reviews)-1]
}

// merchant stores a merchant.
func (s *server) merchant(bizID string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.merchants[bizID] = &waybill.Merchant{BizID: bizID, CancelAllowed: true}
}

// Texts of an attempt that no answer may show.
const (
	wxToken    = "wx-token-that-speaks-for-the-order"
	finishCode = 8642
	pickupCode = 9753
)

// placed stores an order with an attempt for each status, which is its only step.
func (s *server) placed(shopID, orderID string, statuses ...delivery.Status) *delivery.OrderHistory {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r := &delivery.OrderHistory{ShopID: shopID, OrderID: orderID, ShopNo: "N1"}
	begun := s.store.now.Add(-time.Duration(len(statuses)) * time.Hour).Truncate(time.Second)
	for i, status := range statuses {
		at := begun.Add(time.Duration(i) * time.Hour)
		r.Attempts = append(r.Attempts, delivery.AttemptHistory{
			Attempt: delivery.Attempt{
				Number: i + 1, WaybillID: fmt.Sprint("D", i+1), Push: [32]byte{byte(i + 1)}, Account: "gh_1", WXToken: wxToken,
				PlacedAt: at, ExpiresAt: at.Add(2 * time.Hour), FinishCode: finishCode, PickupCode: pickupCode,
				Quote:  delivery.Quote{Deliver: 1050, Coupon: 250, Insurance: 100, Metres: 3456},
				Status: status, StatusAt: at,
			},
			Steps: []delivery.Step{{Status: status, At: at, RecordedAt: at, RecordedBy: "push"}},
		})
	}
	s.store.orders[[2]string{shopID, orderID}] = r
	return r
}
