package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// maxRequest is more than any of WeChat's requests needs.
const maxRequest = 1 << 20

// Merchant serves WeChat's API at WeChat's paths: real clients only change the
// host.
func (a *API) Merchant() http.Handler { return a.serving(a.merchantRoutes()) }

func (a *API) merchantRoutes() []route {
	const business, local = "/cgi-bin/express/business/", "/cgi-bin/express/local/"
	return []route{
		{"/cgi-bin/token", a.get(a.token)},
		{"/cgi-bin/stable_token", a.post(everybody, plainFailure, a.stableToken)},
		{business + "order/cancel", a.post(members, cancelFailure, a.cancelOrder)},
		{business + "order/add", a.post(members, saidFailure, a.addOrder)},
		{business + "order/get", a.post(members, plainFailure, a.getOrder)},
		{business + "account/bind", a.post(members, saidFailure, a.bindAccount)},
		{business + "quota/get", a.post(members, saidFailure, a.getQuota)},
		{business + "path/get", a.post(members, plainFailure, a.getPath)},
		{business + "test_update_order", a.post(members, plainFailure, a.testUpdateOrder)},
		{"/cgi-bin/express/delivery/path/update", a.post(members, plainFailure, a.updatePath)},
		{local + "business/order/pre_add", a.post(members, localFailure, a.preAddOrder)},
		{local + "business/order/add", a.post(members, localFailure, a.addLocalOrder)},
		{local + "business/order/readd", a.post(members, localFailure, a.reOrder)},
		{local + "business/order/cancel", a.post(members, localFailure, a.cancelLocalOrder)},
		{local + "business/order/precancel", a.post(members, localFailure, a.preCancelOrder)},
		{local + "business/order/get", a.post(members, localFailure, a.getLocalOrder)},
		{local + "business/order/addtips", a.post(members, localFailure, a.addTips)},
		{local + "business/order/confirm_return", a.post(members, localFailure, a.confirmReturn)},
		{local + "business/test_update_order", a.post(members, localFailure, a.mockUpdateOrder)},
		{local + "delivery/update_order", a.post(members, localFailure, a.updateOrder)},
		{"/openapi/logistics.cancelOrder", a.post(cloud, cloudFailure, a.cloudCancelOrder)},
	}
}

// request is what an endpoint gets: who asks, and for what.
type request struct {
	*fields
	ctx  context.Context
	shop string // the app id of who asks
}

// access says who may call.
type access int

const (
	members   access = iota // who has an access token
	everybody               // anybody
	cloud                   // the merchant's own cloud function, which WeChat knows without a token
)

// plain is the answer of most calls.
type plain struct {
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

func plainFailure(f *failure, msg string) any { return plain{f.code, msg} }

func succeeded() (any, *failure) { return plain{codeOK, errtexts[codeOK]}, nil }

// post makes an endpoint of those that want JSON. The order of the checks is
// ours: method, token, body.
func (a *API) post(who access, failed func(*failure, string) any, do func(request) (any, *failure)) http.Handler {
	return a.serve(failed, func(w http.ResponseWriter, r *http.Request) (any, *failure) {
		if r.Method != http.MethodPost {
			return nil, fail(codeNeedsPOST, "")
		}
		// What the platform begins it finishes, whether or not the merchant
		// waits for it.
		q := request{ctx: context.WithoutCancel(r.Context())}
		var f *failure
		switch who {
		case members:
			if q.shop, f = a.tokens.check(r.URL.Query().Get("access_token")); f != nil {
				return nil, f
			}
		case cloud:
			q.shop = a.o.Apps[0].ID
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, fail(codeFormat, "the body is too large")
		}
		if err != nil {
			return nil, fail(codeFormat, "the body did not arrive whole")
		}
		if q.fields, f = parseFields(body); f != nil {
			return nil, f
		}
		return do(q)
	})
}

// get makes an endpoint of those that want a query.
func (a *API) get(do func(*http.Request) (any, *failure)) http.Handler {
	return a.serve(plainFailure, func(_ http.ResponseWriter, r *http.Request) (any, *failure) {
		if r.Method != http.MethodGet {
			return nil, fail(codeNeedsGET, "")
		}
		return do(r)
	})
}

// serve writes what do answers. It is HTTP status 200 whatever the answer, as
// WeChat does.
func (a *API) serve(failed func(*failure, string) any, do func(http.ResponseWriter, *http.Request) (any, *failure)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer, f := do(w, r)
		code := codeOK
		if f != nil {
			code, answer = f.code, failed(f, f.errmsg(a.now(), a.random()))
		}
		a.log.Info("call", zap.String("path", r.URL.Path), zap.Int("errcode", code), zap.Duration("took", time.Since(begun)))
		writeJSON(w, http.StatusOK, answer)
	})
}

// writeJSON writes texts as they are: WeChat does not escape HTML.
func writeJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // of a type of ours: cannot be
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func (a *API) now() time.Time    { return a.o.Platform.now() }
func (a *API) random() io.Reader { return a.o.Platform.rand() }
