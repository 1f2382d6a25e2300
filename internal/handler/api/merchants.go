package api

import (
	"net/http"

	"carrierhook/internal/waybill"
)

func decodeMerchantID(r *request) (string, error) { return r.pathID("biz_id", waybill.MaxID), nil }

// merchant shows a merchant's contract.
func (a *API) merchant(r *request, bizID string) (merchantJSON, error) {
	m, err := a.Express.Merchant(r.ctx, bizID)
	return showMerchant(m), err
}

func decodeContract(r *request) (waybill.Contract, error) {
	c := waybill.Contract{BizID: r.pathID("biz_id", waybill.MaxID)}
	return readObject(r, false, &c, waybill.NewContract, member{"password", &c.Password}, member{"no_password", &c.NoPassword},
		member{"cancel_allowed", &c.CancelAllowed}, member{"quota", &c.Quota}, member{"services", &c.Services})
}

// putMerchant makes a merchant's contract, or changes what is given of it.
func (a *API) putMerchant(r *request, c waybill.Contract) (merchantJSON, error) {
	r.sets = c.Given()
	m, created, err := a.Express.PutMerchant(r.ctx, c)
	if err != nil {
		return merchantJSON{}, err
	}
	verdict := "changed"
	switch {
	case created:
		r.status, verdict = http.StatusCreated, "created"
	case len(r.sets) == 0:
		verdict = "unchanged"
	}
	recorded(r, verdict, verdict != "unchanged")
	return showMerchant(m), nil
}
