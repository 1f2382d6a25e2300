package sandbox

import (
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Node is what the record keeps of a call that a carrier makes, as its body says.
type Node struct {
	App  string // where no access token says it
	Key  string // of what it is about: a waybill, an order, an account
	Type int64  // action_type, order_status or result_code
	Time int64  // action_time
	Once bool   // WeChat needs it once: a second time it is a repeat
	Text string // for people, or the token of an attempt. It is compared and not kept

	// Stage is how far it is, of what does not go back; 0: it may. Another Text begins anew.
	Stage int
}

// InFuture tells whether a time in seconds has not come. Clocks may differ by a minute.
func InFuture(seconds int64, now time.Time) bool { return seconds > now.Add(time.Minute).Unix() }

// namesApp is the node of a call that names an app and nothing else.
func namesApp(f *Fields) Node { return Node{App: f.Text("appid", MaxID)} }

// namesPath is that of one about another path.
func namesPath(f *Fields) Node { return Node{Key: f.Text("cgi_path", MaxID)} }

// What the answer to a call was.
const (
	AnsweredWhole = "whole"
	AnsweredCut   = "cut"  // the carrier got a part of it
	AnsweredNone  = "none" // it got none of WeChat's
)

// CarrierCall is a call that a carrier made. It has ids, what the call was about and when,
// and nothing of people.
type CarrierCall struct {
	N        int       `json:"n"` // counted from 1
	At       time.Time `json:"at"`
	Path     string    `json:"path"`
	Account  string    `json:"account"` // the app id; "" if nothing says it
	Key      string    `json:"key"`
	Node     int64     `json:"node"`
	Time     int64     `json:"time"`
	ErrCode  int       `json:"errcode"`
	Fault    CallFault `json:"fault,omitempty"`
	Answered string    `json:"answered"`
	Done     bool      `json:"done"`   // what it called for happened
	Repeat   bool      `json:"repeat"` // the same had happened before; of what has no time, just before
	Late     bool      `json:"late"`   // something of a later time had happened before
	Back     bool      `json:"back"`   // it goes back behind a status that the attempt had before
}

// CarrierKey is what came of one waybill, order or account.
type CarrierKey struct {
	Path    string `json:"path"`
	Account string `json:"account"`
	Key     string `json:"key"`
	Nodes   int    `json:"nodes"` // each counted once
	Repeats int    `json:"repeats"`
	InOrder bool   `json:"in_order"` // no node was later in time than one that came after it, and none went back
}

// What is remembered. The oldest is forgotten first.
const (
	maxCalls     = 10_000
	maxCallKeys  = 10_000
	maxCallNodes = 1000 // of one key
)

// carrierCalls are the calls that carriers made.
type carrierCalls struct {
	mu   sync.Mutex
	seed maphash.Seed
	list []CarrierCall
	n    int

	keys   map[keyOfCall]*nodes
	oldest []keyOfCall
}

type keyOfCall struct{ path, account, key string }

// nodes are what happened to one key.
type nodes struct {
	there   map[uint64]bool
	newest  int64
	n       int
	repeats int
	late    bool
	attempt uint64
	stage   int // of the attempt, the furthest
}

func (l *carrierCalls) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seed, l.list, l.n, l.keys, l.oldest = maphash.MakeSeed(), nil, 0, map[keyOfCall]*nodes{}, nil
}

// add numbers a call and remembers it.
func (l *carrierCalls) add(c CarrierCall, node Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Done && node.Once {
		l.happened(&c, node)
	}
	l.n++
	c.N = l.n
	if len(l.list) == maxCalls {
		l.list = l.list[1:]
	}
	l.list = append(l.list, c)
}

// happened compares a node with those before it. The caller has the lock.
func (l *carrierCalls) happened(c *CarrierCall, node Node) {
	key := keyOfCall{c.Path, c.Account, c.Key}
	of := l.keys[key]
	if of == nil {
		of = &nodes{there: map[uint64]bool{}}
		l.keys[key], l.oldest = of, append(l.oldest, key)
		if len(l.oldest) > maxCallKeys {
			delete(l.keys, l.oldest[0])
			l.oldest = l.oldest[1:]
		}
	}
	id := maphash.Comparable(l.seed, node)
	if c.Repeat = of.there[id]; c.Repeat {
		of.repeats++
		return
	}
	if c.Late = node.Time < of.newest; c.Late {
		of.late = true
	}
	of.newest = max(of.newest, node.Time)
	if node.Stage > 0 {
		if attempt := maphash.String(l.seed, node.Text); attempt != of.attempt {
			of.attempt, of.stage = attempt, 0
		}
		if c.Back = node.Stage < of.stage; c.Back {
			of.late = true
		}
		of.stage = max(of.stage, node.Stage)
	}
	of.n++
	if node.Time == 0 { // it may be decided again
		clear(of.there)
	}
	if len(of.there) < maxCallNodes {
		of.there[id] = true
	}
}

// Calls are those that carriers made, the oldest first, and what came of each key.
func (a *API) Calls() ([]CarrierCall, []CarrierKey) {
	l := &a.calls
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := []CarrierKey{}
	for _, k := range l.oldest {
		of := l.keys[k]
		keys = append(keys, CarrierKey{k.path, k.account, k.key, of.n, of.repeats, !of.late})
	}
	return append([]CarrierCall{}, l.list...), keys
}

type callsAnswer struct {
	Calls []CarrierCall `json:"calls"`
	Keys  []CarrierKey  `json:"keys"`
}

// showCalls shows all of them, or those that the query names: after a number, of a path, of a
// key.
func (a *API) showCalls(r *http.Request) (any, error) {
	q := r.URL.Query()
	after := 0
	if text := q.Get("after"); text != "" {
		var err error
		if after, err = strconv.Atoi(text); err != nil {
			return nil, err
		}
	}
	other := func(path, key string) bool {
		return q.Has("path") && q.Get("path") != path || q.Has("key") && q.Get("key") != key
	}
	calls, keys := a.Calls()
	return callsAnswer{
		slices.DeleteFunc(calls, func(c CarrierCall) bool { return c.N <= after || other(c.Path, c.Key) }),
		slices.DeleteFunc(keys, func(k CarrierKey) bool { return other(k.Path, k.Key) }),
	}, nil
}

// carrierCall does a call, or what a fault makes of it, and remembers it.
func (a *API) carrierCall(c Call, args Code, r *http.Request, b body) (answer any, f *Failure) {
	token := r.URL.Query().Get("access_token")
	call, node := CarrierCall{At: a.Now().UTC(), Path: c.Path, Answered: AnsweredWhole, Account: a.tokens.app(token)}, Node{}
	if fields, f := b.fields(args); f == nil {
		node = c.Carrier(fields)
	}
	if c.Who == Anybody {
		call.Account = node.App
	}
	call.Key, call.Node, call.Time = node.Key, node.Type, node.Time
	fault := a.callFault.take(c.Path)
	info := fault.Fault.info()
	switch call.Fault = fault.Fault; {
	case info.instead:
		call.Answered = AnsweredNone
		a.calls.add(call, node)
		return awkward{fault: fault.Fault}, nil
	case fault.Fault == CallTokenRevoked:
		a.tokens.revoke(token)
		f = Fail(codeCredential, "")
	case fault.Fault == CallErrCode:
		f = Fail(Code{fault.ErrCode, "as the control has it"}, "")
	case fault.Fault == CallNotAllowed:
		f = Fail(notAllowed(callerOf(r)), "")
	case info.code != nil:
		f = Fail(*info.code, "")
	default:
		if f = a.allowed.check(r); f == nil {
			answer, f = a.perform(c, args, r, b)
		}
	}
	call.Done = f == nil
	if f != nil {
		call.ErrCode = f.Code.Number
	}
	if info.answered != "" {
		call.Answered = info.answered
	}
	a.calls.add(call, node)
	if !info.awkward {
		return answer, f
	}
	if f != nil {
		answer = c.Failed(f, f.errmsg(a.Now(), a.random()))
	}
	text, _ := encodeJSON(answer)
	return awkward{fault.Fault, text}, f
}
