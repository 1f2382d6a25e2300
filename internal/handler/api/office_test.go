package api_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// office is a record in memory. What it decides, packages waybill and delivery
// decide; before and around may make it fail, panic or wait.
type office struct {
	mu        sync.Mutex
	now       time.Time
	merchants map[string]*waybill.Merchant
	waybills  map[string]*waybill.Waybill // by number
	bookings  map[string]*waybill.Booking
	trace     map[string][]waybill.Traced
	asked     []ledger.Entry
	orders    map[[2]string]*delivery.Record // by shop and order

	before func(ctx context.Context, what string) error // nil: nothing

	reported []waybill.Scan         // as they came
	queries  []ledger.Filter        // as they came
	put      []waybill.Contract     // as they came
	found    []waybill.WaybillQuery // as they came
	advanced []delivery.Report      // as they came
	looked   [][2]string            // for an order of a shop
}

func newOffice() *office {
	return &office{
		now:       time.Date(2026, 11, 22, 4, 5, 6, 789_123_000, time.UTC),
		merchants: map[string]*waybill.Merchant{},
		waybills:  map[string]*waybill.Waybill{},
		bookings:  map[string]*waybill.Booking{},
		trace:     map[string][]waybill.Traced{},
		orders:    map[[2]string]*delivery.Record{},
	}
}

func (o *office) enter(ctx context.Context, what string) error {
	if o.before != nil {
		if err := o.before(ctx, what); err != nil {
			return err
		}
	}
	o.mu.Lock()
	return nil
}

func (o *office) Scan(ctx context.Context, s waybill.Scan) (waybill.ScanDecision, error) {
	if err := o.enter(ctx, "Scan"); err != nil {
		return waybill.ScanDecision{}, err
	}
	defer o.mu.Unlock()
	o.reported = append(o.reported, s)
	var known *waybill.Traced
	for i, t := range o.trace[s.WaybillID] {
		if t.Key == s.Key {
			known = &o.trace[s.WaybillID][i]
		}
	}
	d := waybill.Report(s, o.waybills[s.WaybillID], known, o.now, o.now)
	if d.Changes() {
		*o.waybills[s.WaybillID] = d.Waybill
		o.trace[s.WaybillID] = append(o.trace[s.WaybillID], waybill.Traced{
			Action: s.Action, At: s.At, Message: s.Message, Key: s.Key, RecordedAt: o.now, RecordedBy: s.By,
		})
		slices.SortStableFunc(o.trace[s.WaybillID], func(a, b waybill.Traced) int { return a.At.Compare(b.At) })
	}
	return d, nil
}

func (o *office) Charge(ctx context.Context, c waybill.Charge) (waybill.ChargeDecision, error) {
	if err := o.enter(ctx, "Charge"); err != nil {
		return waybill.ChargeDecision{}, err
	}
	defer o.mu.Unlock()
	d := waybill.DecideCharge(c, o.waybills[c.WaybillID], o.now, o.now)
	if d.Changes() {
		*o.waybills[c.WaybillID] = d.Waybill
	}
	return d, nil
}

func (o *office) Register(ctx context.Context, r waybill.Registration) (waybill.RegisterDecision, error) {
	if err := o.enter(ctx, "Register"); err != nil {
		return waybill.RegisterDecision{}, err
	}
	defer o.mu.Unlock()
	var ordered *waybill.Waybill
	for _, w := range o.waybills {
		if w.BizID == r.BizID && w.OrderID == r.OrderID {
			ordered = w
		}
	}
	d := waybill.Register(r, o.merchants[r.BizID], o.waybills[r.WaybillID], ordered, o.now, o.now)
	if d.Changes() {
		o.waybills[r.WaybillID] = new(d.Waybill)
	}
	return d, nil
}

func (o *office) PutMerchant(ctx context.Context, c waybill.Contract) (waybill.Merchant, bool, error) {
	if err := o.enter(ctx, "PutMerchant"); err != nil {
		return waybill.Merchant{}, false, err
	}
	defer o.mu.Unlock()
	o.put = append(o.put, c)
	m, there := o.merchants[c.BizID]
	if !there && !c.SaysPassword() {
		return waybill.Merchant{}, false, &input.FieldError{Field: "password", Err: waybill.ErrPasswordMissing}
	}
	if !there {
		m = &waybill.Merchant{BizID: c.BizID, CancelAllowed: true}
		o.merchants[c.BizID] = m
	}
	if c.SaysPassword() {
		m.PasswordHash = ""
		if c.Password.Given {
			m.PasswordHash = "a hash"
		}
	}
	if c.CancelAllowed.Given {
		m.CancelAllowed = c.CancelAllowed.Value
	}
	if c.Quota.Given {
		m.Prepaid, m.Quota = c.Quota.Value != nil, 0
		if m.Prepaid {
			m.Quota = *c.Quota.Value
		}
	}
	if c.Services.Given {
		m.Services = c.Services.Value
	}
	return *m, !there, nil
}

func (o *office) Merchant(ctx context.Context, bizID string) (waybill.Merchant, error) {
	if err := o.enter(ctx, "Merchant"); err != nil {
		return waybill.Merchant{}, err
	}
	defer o.mu.Unlock()
	if m, ok := o.merchants[bizID]; ok {
		return *m, nil
	}
	return waybill.Merchant{}, ledger.ErrNotFound
}

func (o *office) History(ctx context.Context, bizID, waybillID string, asked int) (waybill.History, error) {
	if err := o.enter(ctx, "History"); err != nil {
		return waybill.History{}, err
	}
	defer o.mu.Unlock()
	var h waybill.History
	if w, ok := o.waybills[waybillID]; ok && w.BizID == bizID {
		h.Waybill, h.Booking, h.Trace = new(*w), o.bookings[waybillID], slices.Clone(o.trace[waybillID])
	}
	h.Asked, h.More = o.page(ledger.Filter{BizID: bizID, WaybillID: waybillID, Limit: asked})
	if h.Waybill == nil && len(h.Asked) == 0 {
		return waybill.History{}, ledger.ErrNotFound
	}
	return h, nil
}

func (o *office) Waybills(ctx context.Context, q waybill.WaybillQuery) (found []waybill.Waybill, err error) {
	if err := o.enter(ctx, "Waybills"); err != nil {
		return nil, err
	}
	defer o.mu.Unlock()
	o.found = append(o.found, q)
	for _, w := range o.waybills {
		if fits(q.BizID, w.BizID) && fits(q.WaybillID, w.ID) && fits(q.OrderID, w.OrderID) {
			found = append(found, *w)
		}
	}
	slices.SortFunc(found, func(a, b waybill.Waybill) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

func (o *office) Asked(ctx context.Context, q ledger.Filter) ([]ledger.Entry, bool, error) {
	if err := o.enter(ctx, "Asked"); err != nil {
		return nil, false, err
	}
	defer o.mu.Unlock()
	o.queries = append(o.queries, q)
	page, more := o.page(q)
	return page, more, nil
}

// page finds what is asked for among all that was asked.
func (o *office) page(q ledger.Filter) (page []ledger.Entry, more bool) {
	all := slices.Clone(o.asked)
	newest := func(a, b ledger.Entry) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Serial, a.Serial)) }
	slices.SortFunc(all, newest)
	for _, p := range all {
		if !fits(q.BizID, p.BizID) || !fits(q.WaybillID, p.WaybillID) || !fits(q.OrderID, p.OrderID) ||
			q.Event != ledger.AnyInstant && !fits(q.Event, p.Event) ||
			q.Event == ledger.AnyInstant && !strings.HasPrefix(p.Event, "transport_") || !fits(q.Reason, p.Reason) ||
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
