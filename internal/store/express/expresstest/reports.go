package expresstest

import (
	"context"
	"testing"

	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// MustRegister expects an answer.
func (d Store) MustRegister(tb testing.TB, r waybill.Registration) waybill.RegistrationDecision {
	tb.Helper()
	return storetest.Answer(tb, "register "+r.WaybillID, d.Register, r)
}

// MustCharge expects an answer.
func (d Store) MustCharge(tb testing.TB, c waybill.Charge) waybill.ChargeDecision {
	tb.Helper()
	return storetest.Answer(tb, "charge "+c.WaybillID, d.Charge, c)
}

// MustPut expects a contract to hold from now on, and gives the merchant.
func (d Store) MustPut(tb testing.TB, c waybill.Contract, created bool) waybill.Merchant {
	tb.Helper()
	c, err := waybill.NewContract(c)
	storetest.Must(tb, err)
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	m, isNew, err := d.PutMerchant(ctx, c)
	if err != nil || isNew != created {
		tb.Errorf("put %s: created %t, %v", c.BizID, isNew, err)
	}
	return m
}

// QuotaOf sets a quota.
func QuotaOf(n int64) waybill.Setting[*int64] { return waybill.To(&n) }
