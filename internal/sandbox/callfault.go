package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// CallFault is one thing that goes wrong with a carrier's call, on purpose; "" is none.
type CallFault string

// The faults. After CallSlow, CallCut and CallUnanswered what the call is for has happened, after
// no other.
const (
	CallBusy         CallFault = "busy"
	CallSlow         CallFault = "slow"
	CallCut          CallFault = "cut"
	CallUnanswered   CallFault = "unanswered"
	CallBadGateway   CallFault = "http_502"
	CallPage         CallFault = "html"
	CallTokenRevoked CallFault = "token_revoked"
	CallNotAllowed   CallFault = "not_allowed"
	CallFrozen       CallFault = "frozen"
	CallBadSecret    CallFault = "bad_secret"
	CallUnauthorised CallFault = "unauthorised"
	CallDailyLimit   CallFault = "daily_limit"
	CallMinuteLimit  CallFault = "minute_limit"
	CallNoQuota      CallFault = "no_quota"
	CallErrCode      CallFault = "errcode"
)

// slowness is more than carriers wait.
const slowness = 8 * time.Second

// callFaultInfo is what a fault does.
type callFaultInfo struct {
	Fault CallFault `json:"fault"`
	Text  string    `json:"words"`

	code     *Code             // the answer, where it is a refusal
	awkward  bool              // the call is done as usual, and the answer does not arrive so
	instead  bool              // the call never reaches WeChat
	answered string            // of the record, where it is not whole
	at       func(string) bool // the paths that can have it; nil: all
}

var callFaults = []callFaultInfo{
	{Fault: CallBusy, Text: "-1: WeChat is busy", code: &CodeSystem},
	{Fault: CallSlow, Text: "the call is done, and the answer comes after 8 seconds", awkward: true},
	{Fault: CallCut, Text: "the call is done, and the connection is cut within the answer", awkward: true, answered: AnsweredCut},
	{Fault: CallUnanswered, Text: "the call is done, and the connection is closed without an answer", awkward: true, answered: AnsweredNone},
	{Fault: CallBadGateway, Text: "nothing is done: HTTP status 502", instead: true},
	{Fault: CallPage, Text: "nothing is done: HTTP status 200 with a page", instead: true},
	{Fault: CallTokenRevoked, Text: "40001: the access token of the call is no longer valid, SANDBOX_TOKEN the next time again", at: takesToken},
	{Fault: CallNotAllowed, Text: "40164: the caller's address is not in the allow-list"},
	{Fault: CallFrozen, Text: "40243: the AppSecret is frozen", code: &codeFrozen, at: takesSecret},
	{Fault: CallBadSecret, Text: "40125: the AppSecret is wrong", code: &codeSecret, at: takesSecret},
	{Fault: CallUnauthorised, Text: "48001: the app has no right to the call", code: &codeUnauthorised, at: takesToken},
	{Fault: CallDailyLimit, Text: "45009: the day's calls are used up", code: &codeDaily},
	{Fault: CallMinuteLimit, Text: "45011: the minute's calls are used up", code: &codeMinute},
	{Fault: CallNoQuota, Text: "930564: there is no quota for the call", code: &codeNoQuota, at: ofInstant},
	{Fault: CallErrCode, Text: "the errcode that is set with it"},
}

func takesSecret(path string) bool { return path == stableTokenPath }
func takesToken(path string) bool  { return path != stableTokenPath }
func ofInstant(path string) bool   { return strings.HasPrefix(path, "/cgi-bin/express/local/") }

// CallFaults lists every fault.
func CallFaults() (all []CallFault) {
	for _, i := range callFaults {
		all = append(all, i.Fault)
	}
	return all
}

// info is the zero value for no fault.
func (f CallFault) info() (info callFaultInfo) {
	if i := slices.IndexFunc(callFaults, func(i callFaultInfo) bool { return i.Fault == f }); i >= 0 {
		info = callFaults[i]
	}
	return info
}

func (f CallFault) fits(path string) bool {
	at := f.info().at
	return at == nil || at(path)
}

// awkward is an answer that does not arrive as WeChat's do.
type awkward struct {
	fault CallFault
	text  []byte
}

const page = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n"

func (x awkward) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, sent, kind := http.StatusOK, x.text, contentTypeJSON
	switch x.fault {
	case CallUnanswered:
		panic(http.ErrAbortHandler) // net/http closes the connection
	case CallSlow:
		select {
		case <-r.Context().Done():
		case <-time.After(slowness):
		}
	case CallCut:
		w.Header().Set("Content-Length", strconv.Itoa(len(sent)))
		sent = sent[:len(sent)/2]
	case CallBadGateway:
		status, sent, kind = http.StatusBadGateway, []byte(page), "text/html"
	case CallPage:
		sent, kind = []byte(page), "text/html"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(sent)
	if x.fault == CallCut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// callFaultChoice is a fault, and of which calls.
type callFaultChoice struct {
	Fault   CallFault `json:"fault"`
	Path    string    `json:"path"`    // "": all that can have it
	Calls   int       `json:"calls"`   // for how many more; 0: for all
	ErrCode int       `json:"errcode"` // of CallErrCode
}

// chosenCallFault is the fault at the moment.
type chosenCallFault struct {
	mu sync.Mutex
	callFaultChoice
}

func (c *chosenCallFault) set(choice callFaultChoice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.callFaultChoice = choice
}

func (c *chosenCallFault) get() callFaultChoice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.callFaultChoice
}

// take is called for each call of a path.
func (c *chosenCallFault) take(path string) (choice callFaultChoice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Fault == "" || c.Path != "" && c.Path != path || !c.Fault.fits(path) {
		return choice
	}
	choice = c.callFaultChoice
	if c.Calls > 0 {
		if c.Calls--; c.Calls == 0 {
			c.callFaultChoice = callFaultChoice{}
		}
	}
	return choice
}

type callFaultAnswer struct {
	callFaultChoice
	Faults []callFaultInfo `json:"known"` // that there are
}

func (a *API) showCallFault(*http.Request) (any, error) {
	return callFaultAnswer{a.callFault.get(), callFaults}, nil
}

func (a *API) putCallFault(r *http.Request) (any, error) {
	var want callFaultChoice
	if err := ReadControl(r, &want); err != nil {
		return nil, err
	}
	switch {
	case want.Fault != "" && !slices.Contains(CallFaults(), want.Fault):
		return nil, fmt.Errorf("%q is not a fault of a call; there are %v", want.Fault, CallFaults())
	case want.Calls < 0:
		return nil, errors.New("calls must be 0 (all) or more")
	case (want.Fault == CallErrCode) != (want.ErrCode != 0):
		return nil, errors.New("errcode goes with the fault errcode, and is not 0")
	case want.Path == "":
	case !slices.Contains(a.carrierPaths(), want.Path):
		return nil, a.notCarriers(want.Path)
	case !want.Fault.fits(want.Path):
		return nil, fmt.Errorf("%s cannot have the fault %s", want.Path, want.Fault)
	}
	a.callFault.set(want)
	return a.showCallFault(r)
}

func (a *API) deleteCallFault(r *http.Request) (any, error) {
	a.callFault.set(callFaultChoice{})
	return a.showCallFault(r)
}

// carrierPaths are those that carriers call.
func (a *API) carrierPaths() (paths []string) {
	for _, f := range append(a.families, Family{Calls: a.ownCalls()}) {
		for _, c := range f.Calls {
			if c.Carrier != nil {
				paths = append(paths, c.Path)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

func (a *API) notCarriers(path string) error {
	return fmt.Errorf("%q is no call of carriers; there are %s", path, strings.Join(a.carrierPaths(), ", "))
}
