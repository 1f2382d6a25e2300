package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"go.uber.org/zap"
)

// Control serves the people who run the sandbox. It belongs on a listener that no
// merchant's client can reach. Every answer is JSON, also where there is no endpoint.
func (a *API) Control() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, e := range a.controlEndpoints() {
		mux.Handle(e.Pattern, e)
		method, path, _ := strings.Cut(e.Pattern, " ")
		methods[path] = append(methods[path], method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeJSON(w, http.StatusMethodNotAllowed, map[string]string{"error": path + " takes " + strings.Join(allowed, ", ")})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "the control has no such path"})
	})
	return a.serving(mux)
}

func (a *API) controlEndpoints() []Endpoint {
	all := []Endpoint{
		{"GET /fault", a.showFault},
		{"PUT /fault", a.putFault},
		{"DELETE /fault", a.deleteFault},
		List("pushes", func() any { return a.pushes.all() }),
		{"POST /reset", a.reset},
		{"GET /calls", a.showCalls},
		{"GET /calls/fault", a.showCallFault},
		{"PUT /calls/fault", a.putCallFault},
		{"DELETE /calls/fault", a.deleteCallFault},
		{"GET /calls/limits", a.showLimits},
		{"PUT /calls/limits", a.putLimits},
		{"DELETE /calls/limits", a.deleteLimits},
		{"GET /calls/allow", a.showAllowed},
		{"PUT /calls/allow", a.putAllowed},
		{"DELETE /calls/allow", a.deleteAllowed},
		{"POST /tokens/revoke", a.revokeTokens},
	}
	for _, f := range a.families {
		all = append(all, f.Control...)
	}
	return all
}

// Endpoint is a route of the control listener, by net/http's pattern. An error is a
// bad request, but for errCarrier. An answer that is a handler writes itself.
type Endpoint struct {
	Pattern string
	Do      func(*http.Request) (any, error)
}

func (e Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := e.Do(r)
	switch {
	case errors.Is(err, errCarrier):
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	default:
		if h, ok := answer.(http.Handler); ok {
			h.ServeHTTP(w, r)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// List shows what there is of a kind.
func List(kind string, all func() any) Endpoint {
	return Endpoint{"GET /" + kind, func(*http.Request) (any, error) { return map[string]any{kind: all()}, nil }}
}

var errCarrier = errors.New("the carrier's rows could not be changed; the log says why")

// AtCarrier logs the error of a change at the carrier, and returns one to show.
func (a *API) AtCarrier(what string, err error) error {
	if err == nil {
		return nil
	}
	a.log.Error(what, zap.Error(err))
	return errCarrier
}

// reset makes everything as it was at the start.
func (a *API) reset(r *http.Request) (any, error) {
	if a.o.OnReset != nil {
		if err := a.AtCarrier("reset", a.o.OnReset(r.Context())); err != nil {
			return nil, err
		}
	}
	a.clear()
	return map[string]string{"status": "reset"}, nil
}

// ReadControl reads a request's body into v. The error is for the caller.
func ReadControl(r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxRequest))
	var whole json.RawMessage
	if err := d.Decode(&whole); err != nil {
		return err
	}
	if len(whole) == 0 || whole[0] != '{' {
		return errors.New("the body must be a JSON object")
	}
	strict := json.NewDecoder(bytes.NewReader(whole))
	strict.DisallowUnknownFields()
	if err := strict.Decode(v); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("%s must be %s", e.Field, map[bool]string{true: "a text", false: "a number"}[e.Type.Kind() == reflect.String])
		}
		return err
	}
	if _, more := d.Token(); more != io.EOF {
		return errors.New("something follows the JSON object")
	}
	return nil
}
