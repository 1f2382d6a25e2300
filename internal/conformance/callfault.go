package conformance

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

// callFault is what goes wrong with a call, on purpose; "" is nothing.
type callFault string

const (
	callBusy       callFault = "busy"
	callUnanswered callFault = "unanswered"
	callCut        callFault = "cut"
	callGateway    callFault = "gateway"
	callPage       callFault = "page"
	callMinute     callFault = "minute"
	callDaily      callFault = "daily"
)

// WeChat's errcodes that cases are about.
const (
	errBusy      = -1
	errNotLatest = 40001 // of a token, as are the next two
	errNoToken   = 40014
	errExpired   = 42001
	errDaily     = 45009
	errMinute    = 45011
)

// performed tells whether WeChat does what the call says, whatever comes of the answer.
func (f callFault) performed() bool { return f == "" || f == callUnanswered || f == callCut }

// reached tells whether WeChat's own answer reaches the server.
func (f callFault) reached() bool { return f == "" }

// instead is the answer to a call that is not performed.
func (f callFault) instead(a *answer) {
	switch f {
	case callBusy:
		a.says(errBusy, "system error")
	case callMinute:
		a.says(errMinute, "api minute-quota reach limit")
	case callDaily:
		a.says(errDaily, "reach max api daily quota limit")
	default:
		const page = "<html><head><title>Bad Gateway</title></head><body>Bad Gateway</body></html>"
		a.header.Set("Content-Type", "text/html")
		if f == callGateway {
			a.status = http.StatusBadGateway
		}
		a.WriteString(page)
	}
}

// write gives the server the answer, as much of it as is to arrive.
func (f callFault) write(w http.ResponseWriter, a *answer) {
	if f == callUnanswered {
		panic(http.ErrAbortHandler) // hangs up
	}
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(a.Len()))
	w.WriteHeader(a.status)
	if f == callCut {
		_, _ = w.Write(a.Bytes()[:a.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.Bytes())
}

// answer is what a handler says, before anybody gets it.
type answer struct {
	header http.Header
	status int
	bytes.Buffer
}

func newAnswer() *answer { return &answer{header: http.Header{}, status: http.StatusOK} }

// Header and WriteHeader make it an http.ResponseWriter.
func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

// says is an answer of WeChat's.
func (a *answer) says(code int, text string) {
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(a, `{"errcode":%d,"errmsg":%q}`, code, text)
}
