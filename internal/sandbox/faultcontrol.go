package sandbox

import (
	"errors"
	"net/http"
	"sync"
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

type faultAnswer struct {
	Fault  Fault       `json:"fault"`
	Pushes int         `json:"pushes"` // for how many more; 0: for all
	Faults []faultText `json:"known"`  // that there are
}

type faultText struct {
	Fault Fault  `json:"fault"`
	Text  string `json:"words"`
}

func (a *API) showFault(*http.Request) (any, error) {
	answer := faultAnswer{Faults: []faultText{}}
	answer.Fault, answer.Pushes = a.fault.get()
	for _, f := range Faults() {
		if a.fits(f) {
			answer.Faults = append(answer.Faults, faultText{f, f.Text()})
		}
	}
	return answer, nil
}

// fits tells whether the fault can be committed in the sandbox's mode and format.
func (a *API) fits(f Fault) bool { return f.Fits(a.Platform.Account.Mode, a.Platform.Format) }

func (a *API) putFault(r *http.Request) (any, error) {
	var want struct {
		Fault  string `json:"fault"`
		Pushes int    `json:"pushes"`
	}
	if err := ReadControl(r, &want); err != nil {
		return nil, err
	}
	f, err := ParseFault(want.Fault)
	switch {
	case err != nil:
		return nil, err
	case !a.fits(f):
		return nil, errors.New(want.Fault + " cannot be committed in the sandbox's mode and format")
	case want.Pushes < 0:
		return nil, errors.New("pushes must be 0 (all) or more")
	}
	a.fault.set(f, want.Pushes)
	return a.showFault(r)
}

func (a *API) deleteFault(r *http.Request) (any, error) {
	a.fault.set("", 0)
	return a.showFault(r)
}
