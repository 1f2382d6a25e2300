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
// host. A path is compared as it is: net/http's mux would redirect some.
func (a *API) Merchant() http.Handler {
	routes, none := a.merchantRoutes(), a.serve(PlainFailure, notPlayed)
	return a.serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := routes[r.URL.Path]; ok {
			h.ServeHTTP(w, r)
			return
		}
		none.ServeHTTP(w, r)
	}))
}

// notPlayed is the answer at the paths of WeChat's that the sandbox does not have, by
// whatever method.
func notPlayed(http.ResponseWriter, *http.Request) (any, *Failure) {
	return nil, Fail(codePath, "the sandbox does not play this path")
}

func (a *API) merchantRoutes() map[string]http.Handler {
	routes := map[string]http.Handler{tokenPath: a.get(a.token)}
	for _, f := range append(a.families, Family{Calls: a.ownCalls(), Args: CodeArgs}) {
		for _, c := range f.Calls {
			routes[c.Path] = a.call(c, f.Args)
		}
	}
	return routes
}

const (
	tokenPath       = "/cgi-bin/token"
	stableTokenPath = "/cgi-bin/stable_token"
	quotaPath       = "/cgi-bin/openapi/quota/get"
	clearQuotaPath  = "/cgi-bin/clear_quota"
)

// ownCalls are those that belong to no family.
func (a *API) ownCalls() []Call {
	return []Call{
		{Path: stableTokenPath, Who: Anybody, Carrier: namesApp, Failed: PlainFailure, Do: a.stableToken},
		{Path: quotaPath, Carrier: namesPath, Failed: PlainFailure, Do: a.getQuota},
		{Path: clearQuotaPath, Carrier: namesApp, Failed: PlainFailure, Do: a.clearQuota},
	}
}

// Call is one of WeChat's calls: a POST with JSON, or a GET that has a query only.
type Call struct {
	Path  string
	Query bool // a GET
	Who   Access
	// Carrier tells what the record keeps of a call that carriers make, and makes it subject to
	// their limits and faults; nil is a merchant's.
	Carrier func(*Fields) Node
	Failed  func(f *Failure, text string) any // makes the answer of a call that failed
	Do      func(Request) (any, *Failure)     // answers with something for JSON, or with a failure
}

// Request is what a call gets: whose it is, and what it says.
type Request struct {
	*Fields
	Ctx context.Context
	App string // the app id of the caller
}

// Access says who may call.
type Access int

// Who may call.
const (
	Members Access = iota // who has an access token
	Anybody
	Cloud // the merchant's own cloud function, which WeChat knows without a token
)

// Plain is the answer of most calls.
type Plain struct {
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

// PlainFailure is a failure of most calls.
func PlainFailure(f *Failure, msg string) any { return Plain{f.Code.Number, msg} }

// Done is the answer of calls that have nothing else to tell.
var Done = Plain{CodeOK.Number, CodeOK.Text}

// call serves a call. The order of the checks is ours: method, token, body.
func (a *API) call(c Call, args Code) http.Handler {
	method, another := http.MethodPost, codeNeedsPOST
	if c.Query {
		method, another = http.MethodGet, codeNeedsGET
	}
	return a.serve(c.Failed, func(w http.ResponseWriter, r *http.Request) (any, *Failure) {
		if r.Method != method {
			return nil, Fail(another, "")
		}
		var body body
		if !c.Query {
			body = readBody(w, r)
		}
		if c.Carrier != nil {
			return a.carrierCall(c, args, r, body)
		}
		return a.perform(c, args, r, body)
	})
}

// body is a request's body, and what is wrong with it as such.
type body struct {
	text []byte
	f    *Failure
}

func readBody(w http.ResponseWriter, r *http.Request) (b body) {
	var err error
	b.text, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		b.f = Fail(CodeFormat, "the body is too large")
	} else if err != nil {
		b.f = Fail(CodeFormat, "the body did not arrive whole")
	}
	return b
}

func (b body) fields(args Code) (*Fields, *Failure) {
	if b.f != nil {
		return nil, b.f
	}
	return parseFields(b.text, args)
}

// perform checks who calls, how often and with what, and does what is called.
func (a *API) perform(c Call, args Code, r *http.Request, b body) (any, *Failure) {
	// What the platform begins it finishes, whether or not the merchant
	// waits for it.
	q := Request{Ctx: context.WithoutCancel(r.Context())}
	var f *Failure
	switch c.Who {
	case Members:
		q.App, f = a.tokens.check(r.URL.Query().Get("access_token"))
		if f == nil && c.Carrier != nil {
			f = a.limits.take(q.App, c.Path, a.Now())
		}
		if f != nil {
			return nil, f
		}
	case Cloud:
		q.App = a.Apps[0].ID
	}
	if c.Query {
		return c.Do(q)
	}
	if q.Fields, f = b.fields(args); f != nil {
		return nil, f
	}
	return c.Do(q)
}

// get makes an endpoint of one that reads its query.
func (a *API) get(do func(*http.Request) (any, *Failure)) http.Handler {
	return a.serve(PlainFailure, func(_ http.ResponseWriter, r *http.Request) (any, *Failure) {
		if r.Method != http.MethodGet {
			return nil, Fail(codeNeedsGET, "")
		}
		return do(r)
	})
}

// Failed is the answer of a failed part of a call.
func (a *API) Failed(f *Failure) Plain { return Plain{f.Code.Number, f.errmsg(a.Now(), a.random())} }

// serve writes what do answers. It is HTTP status 200 whatever the answer, as
// WeChat does. An answer that is a handler writes itself.
func (a *API) serve(failed func(*Failure, string) any, do func(http.ResponseWriter, *http.Request) (any, *Failure)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer, f := do(w, r)
		code := CodeOK
		raw, writes := answer.(http.Handler)
		if f != nil {
			code = f.Code
			if !writes {
				answer = failed(f, f.errmsg(a.Now(), a.random()))
			}
		}
		a.log.Info("call", zap.String("path", r.URL.Path), zap.Int("errcode", code.Number), zap.Duration("took", time.Since(begun)))
		if writes {
			raw.ServeHTTP(w, r)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	})
}

// writeJSON writes an answer.
func writeJSON(w http.ResponseWriter, status int, v any) {
	text, ok := encodeJSON(v)
	if !ok {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

const contentTypeJSON = "application/json; charset=utf-8"

// encodeJSON writes texts as they are: WeChat does not escape HTML.
func encodeJSON(v any) ([]byte, bool) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v) // of a type of ours: cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err == nil
}
