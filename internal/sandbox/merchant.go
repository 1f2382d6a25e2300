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
	routes := map[string]http.Handler{
		"/cgi-bin/token":        a.get(a.token),
		"/cgi-bin/stable_token": a.call(Call{Who: Anybody, Failed: PlainFailure, Do: a.stableToken}, CodeArgs),
	}
	for _, f := range a.families {
		for _, c := range f.Calls {
			routes[c.Path] = a.call(c, f.Args)
		}
	}
	return routes
}

// Call is one of WeChat's calls: a POST with JSON, or a GET that has a query only.
type Call struct {
	Path   string
	Query  bool // a GET
	Who    Access
	Failed func(f *Failure, text string) any // makes the answer of a call that failed
	Do     func(Request) (any, *Failure)     // answers with something for JSON, or with a failure
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
		// What the platform begins it finishes, whether or not the merchant
		// waits for it.
		q := Request{Ctx: context.WithoutCancel(r.Context())}
		var f *Failure
		switch c.Who {
		case Members:
			if q.App, f = a.tokens.check(r.URL.Query().Get("access_token")); f != nil {
				return nil, f
			}
		case Cloud:
			q.App = a.Apps[0].ID
		}
		if c.Query {
			return c.Do(q)
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, Fail(CodeFormat, "the body is too large")
		}
		if err != nil {
			return nil, Fail(CodeFormat, "the body did not arrive whole")
		}
		if q.Fields, f = parseFields(body, args); f != nil {
			return nil, f
		}
		return c.Do(q)
	})
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
// WeChat does.
func (a *API) serve(failed func(*Failure, string) any, do func(http.ResponseWriter, *http.Request) (any, *Failure)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer, f := do(w, r)
		code := CodeOK
		if f != nil {
			code, answer = f.Code, failed(f, f.errmsg(a.Now(), a.random()))
		}
		a.log.Info("call", zap.String("path", r.URL.Path), zap.Int("errcode", code.Number), zap.Duration("took", time.Since(begun)))
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
