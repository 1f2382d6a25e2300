package receiver

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"carrierhook/internal/sandbox"
)

// Fault is one thing that a receiver does wrong, on purpose; "" is none.
type Fault string

// The faults. After Slow, Accepted and EndlessAnswer the event is taken.
const (
	Slow        Fault = "slow"
	Hang        Fault = "hang"
	Switch      Fault = "status_101"
	Failed      Fault = "status_500"
	TooMany     Fault = "status_429"
	Gone        Fault = "status_410"
	Accepted    Fault = "status_202"
	Redirect    Fault = "redirect"
	CutBefore   Fault = "cut_before"
	CutAfter    Fault = "cut_after"
	LargeAnswer Fault = "large_answer"

	EndlessAnswer Fault = "endless_answer"
)

const (
	slowness   = 2 * time.Second
	patience   = time.Minute // with a sender that waits for ever
	retryAfter = "5"         // seconds
	largeness  = 64          // MiB
)

type faultInfo struct {
	Fault  Fault  `json:"fault"`
	Text   string `json:"words"`
	status int
}

var faults = []faultInfo{
	{Slow, "the answer comes after two seconds", http.StatusNoContent},
	{Hang, "no answer comes, for a minute", 0},
	{Switch, "101 to another protocol, in which nothing comes, for a minute", http.StatusSwitchingProtocols},
	{Failed, "500", http.StatusInternalServerError},
	{TooMany, "429, with a Retry-After of five seconds", http.StatusTooManyRequests},
	{Gone, "410", http.StatusGone},
	{Accepted, "202, with a body", http.StatusAccepted},
	{Redirect, "307 to " + Path + "?redirected: nothing may follow it", http.StatusTemporaryRedirect},
	{CutBefore, "the connection is cut before the request is read", 0},
	{CutAfter, "the connection is cut when the request was read", 0},
	{LargeAnswer, "200, with 64 MiB behind it", http.StatusOK},
	{EndlessAnswer, "200, with a byte a second behind it, for a minute", http.StatusOK},
}

// Faults lists every fault.
func Faults() (all []Fault) {
	for _, i := range faults {
		all = append(all, i.Fault)
	}
	return all
}

// info is the zero value for no fault.
func (f Fault) info() (info faultInfo) {
	if i := slices.IndexFunc(faults, func(i faultInfo) bool { return i.Fault == f }); i >= 0 {
		info = faults[i]
	}
	return info
}

// take is called for each request.
func (v *Receiver) take() Fault {
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.fault
	if v.left > 0 {
		if v.left--; v.left == 0 {
			v.fault = ""
		}
	}
	return f
}

// answer commits the fault.
func (e Event) answer(w http.ResponseWriter, r *http.Request) {
	switch e.Fault {
	case Slow:
		wait(r, slowness)
	case Hang:
		wait(r, patience)
		panic(http.ErrAbortHandler)
	case CutBefore, CutAfter:
		panic(http.ErrAbortHandler) // net/http closes the connection
	case TooMany:
		w.Header().Set("Retry-After", retryAfter)
	case Switch:
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "other")
	case Redirect:
		w.Header().Set("Location", Path+"?redirected")
	}
	w.WriteHeader(e.Answered)
	switch e.Fault {
	case Switch:
		_ = http.NewResponseController(w).Flush()
		wait(r, patience)
		panic(http.ErrAbortHandler)
	case Accepted:
		fmt.Fprintln(w, "later")
	case LargeAnswer:
		for range largeness {
			if _, err := w.Write(bytes.Repeat([]byte("."), 1<<20)); err != nil {
				return
			}
		}
	case EndlessAnswer:
		for end := time.Now().Add(patience); r.Context().Err() == nil && time.Now().Before(end); wait(r, time.Second) {
			_, _ = w.Write([]byte("."))
			_ = http.NewResponseController(w).Flush()
		}
	}
	if e.Wrong != "" {
		fmt.Fprintln(w, e.Wrong)
	}
}

// wait ends when the sender goes.
func wait(r *http.Request, d time.Duration) {
	select {
	case <-r.Context().Done():
	case <-time.After(d):
	}
}

type faultAnswer struct {
	Fault  Fault       `json:"fault"`
	Events int         `json:"events"` // for how many more; 0: for all
	Faults []faultInfo `json:"known"`  // that there are
}

func (v *Receiver) showFault(*http.Request) (any, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return faultAnswer{v.fault, v.left, faults}, nil
}

func (v *Receiver) putFault(r *http.Request) (any, error) {
	var want struct {
		Fault  Fault `json:"fault"`
		Events int   `json:"events"`
	}
	if err := sandbox.ReadControl(r, &want); err != nil {
		return nil, err
	}
	if want.Fault != "" && !slices.Contains(Faults(), want.Fault) {
		return nil, fmt.Errorf("%q is not a fault of a receiver; there are %v", want.Fault, Faults())
	}
	if want.Events < 0 {
		return nil, errors.New("events must be 0 (all) or more")
	}
	v.set(want.Fault, want.Events)
	return v.showFault(r)
}

func (v *Receiver) deleteFault(r *http.Request) (any, error) {
	v.set("", 0)
	return v.showFault(r)
}

func (v *Receiver) set(f Fault, events int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fault, v.left = f, events
}
