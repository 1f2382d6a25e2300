package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"

	"go.uber.org/zap"
)

// chosenFault is the fault that pushes have at the moment.
type chosenFault struct {
	mu    sync.Mutex
	fault Fault
	left  int // for how many pushes more; 0: for all
}

func (c *chosenFault) set(f Fault, pushes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault, c.left = f, pushes
}

func (c *chosenFault) get() (Fault, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault, c.left
}

// take is called for each push; its retries belong to it.
func (c *chosenFault) take() Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.fault
	if c.left > 0 {
		if c.left--; c.left == 0 {
			c.fault = ""
		}
	}
	return f
}

// Control serves whoever runs the sandbox. It belongs on a listener that no
// merchant's client can reach.
func (a *API) Control() http.Handler { return a.serving(a.controlRoutes()) }

func (a *API) controlRoutes() []route {
	return []route{
		{"GET /fault", http.HandlerFunc(a.showFault)},
		{"PUT /fault", http.HandlerFunc(a.putFault)},
		{"DELETE /fault", http.HandlerFunc(a.deleteFault)},
		{"GET /pushes", listOf("pushes", func() any { return a.pushes.all() })},
		{"GET /orders", listOf("orders", func() any { return a.shownOrders() })},
		{"POST /orders", http.HandlerFunc(a.postOrder)},
		{"GET /deliveries", listOf("deliveries", func() any { return a.shownDeliveries() })},
		{"GET /accounts", listOf("accounts", func() any { return a.shownAccounts() })},
		{"POST /accounts", http.HandlerFunc(a.postAccount)},
		{"POST /reset", http.HandlerFunc(a.reset)},
	}
}

// listOf shows what there is of a kind.
func listOf(kind string, all func() any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{kind: all()})
	})
}

type faultAnswer struct {
	Fault  Fault       `json:"fault"`
	Pushes int         `json:"pushes"` // for how many more; 0: for all
	Known  []faultText `json:"known"`
}

type faultText struct {
	Fault Fault  `json:"fault"`
	Words string `json:"words"`
}

func (a *API) showFault(w http.ResponseWriter, _ *http.Request) {
	answer := faultAnswer{Known: []faultText{}}
	answer.Fault, answer.Pushes = a.fault.get()
	for _, f := range Faults() {
		if a.fits(f) {
			answer.Known = append(answer.Known, faultText{f, f.Words()})
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// fits tells whether the fault can be committed in the sandbox's mode and format.
func (a *API) fits(f Fault) bool { return f.Fits(a.o.Platform.Account.Mode, a.o.Platform.Format) }

func (a *API) putFault(w http.ResponseWriter, r *http.Request) {
	var want struct {
		Fault  string `json:"fault"`
		Pushes int    `json:"pushes"`
	}
	if !readControl(w, r, &want) {
		return
	}
	f, err := ParseFault(want.Fault)
	switch {
	case err != nil:
	case !a.fits(f):
		err = errors.New(want.Fault + " cannot be committed in the sandbox's mode and format")
	case want.Pushes < 0:
		err = errors.New("pushes must be 0 (all) or more")
	}
	if err != nil {
		controlError(w, http.StatusBadRequest, err)
		return
	}
	a.fault.set(f, want.Pushes)
	a.showFault(w, r)
}

func (a *API) deleteFault(w http.ResponseWriter, r *http.Request) {
	a.fault.set("", 0)
	a.showFault(w, r)
}

// reset makes everything as it was at the start.
func (a *API) reset(w http.ResponseWriter, r *http.Request) {
	if a.o.OnReset != nil {
		if err := a.o.OnReset(r.Context()); err != nil {
			a.log.Error("reset", zap.Error(err))
			controlError(w, http.StatusInternalServerError, errors.New("the carrier's rows could not be put back; the log says why"))
			return
		}
	}
	a.clear()
	writeJSON(w, http.StatusOK, map[string]string{"status": "reset"})
}

// readControl reads a request's body into v, or answers what is wrong with it.
func readControl(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	var whole json.RawMessage
	err := d.Decode(&whole)
	switch {
	case err != nil:
	case len(whole) == 0 || whole[0] != '{':
		err = errors.New("the body must be a JSON object")
	default:
		strict := json.NewDecoder(bytes.NewReader(whole))
		strict.DisallowUnknownFields()
		if err = strict.Decode(v); err != nil {
			if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
				err = fmt.Errorf("%s must be %s", wrong.Field, map[bool]string{true: "a text", false: "a number"}[wrong.Type.Kind() == reflect.String])
			}
		}
	}
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("something follows the JSON object")
		}
	}
	if err != nil {
		controlError(w, http.StatusBadRequest, err)
	}
	return err == nil
}

func controlError(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}
