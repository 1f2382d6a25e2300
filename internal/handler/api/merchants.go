package api

import (
	"net/http"

	"carrierhook/internal/waybill"

	"go.uber.org/zap"
)

// merchant tells what holds of a merchant.
func (a *API) merchant(r *request) (answer, error) {
	bizID, err := r.merchantID()
	if err != nil {
		return answer{}, err
	}
	m, err := a.Office.Merchant(r.ctx, bizID)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: showMerchant(m)}, nil
}

// putMerchant makes a contract, or changes what is given of one.
func (a *API) putMerchant(r *request) (answer, error) {
	bizID, err := r.merchantID()
	if err != nil {
		return answer{}, err
	}
	var c waybill.Contract
	err = a.read(r, maxBody, true, func(body []byte) (err error) { c, err = readContract(body); return err })
	if err != nil {
		return answer{}, err
	}
	c.BizID = bizID
	if c, err = waybill.NewContract(c); err != nil {
		return answer{}, err
	}
	m, created, err := a.Office.PutMerchant(r.ctx, c)
	if err != nil {
		return answer{}, err
	}
	status, verdict, given := http.StatusOK, "changed", c.Given()
	switch {
	case created:
		status, verdict = http.StatusCreated, "created"
	case len(given) == 0:
		verdict = "unchanged"
	}
	r.log(zap.String("verdict", verdict))
	if verdict != "unchanged" {
		r.changed(given...)
	}
	return answer{status: status, body: showMerchant(m)}, nil
}

// merchantID is the id in the path, of a request that has no parameters behind it.
func (r *request) merchantID() (string, error) {
	if q := r.query(); q.err != nil {
		return "", q.err
	}
	bizID, err := r.pathID("biz_id", waybill.MaxID)
	if err == nil {
		r.log(zap.String("biz_id", bizID))
	}
	return bizID, err
}

func readContract(body []byte) (waybill.Contract, error) {
	var c waybill.Contract
	d, err := newDecoder(body)
	if err != nil {
		return c, err
	}
	err = d.object(func(name string) any {
		switch name {
		case "password":
			return &c.Password
		case "no_password":
			return &c.NoPassword
		case "cancel_allowed":
			return &c.CancelAllowed
		case "quota":
			return &c.Quota
		case "services":
			return &c.Services
		}
		return nil
	})
	return c, err
}
