package wechat

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"carrierhook/internal/redacted"
)

// ReceiverOptions is what the console of the mini program and ours agreed on.
type ReceiverOptions struct {
	redacted.Struct
	UserName string // the mini program's original id, gh_...
	AppID    string // its app id, wx...; not needed in Plain
	Mode     Mode
	Tokens   []string         // the current one, then previous ones; empty ones are dropped
	AESKeys  []string         // likewise; not used in Plain
	Window   time.Duration    // how far a timestamp may be from our clock, either way; 0 = any
	Now      func() time.Time // nil = time.Now
	Rand     io.Reader        // nil = crypto/rand.Reader; must bear concurrent use
}

// Receiver opens what WeChat sends to one mini program. It never changes, so
// any number of goroutines may share it.
type Receiver struct {
	redacted.Struct
	userName string
	mode     Mode
	tokens   []string
	ciphers  []*Cipher
	window   time.Duration
	now      func() time.Time
	rand     io.Reader
}

// NewReceiver reports all faults of the options at once. An error names no
// secret.
func NewReceiver(o ReceiverOptions) (*Receiver, error) {
	var faults []error
	fault := func(text string) { faults = append(faults, errors.New(text)) }

	r := &Receiver{userName: o.UserName, mode: o.Mode, window: o.Window, now: o.Now, rand: o.Rand}
	if r.now == nil {
		r.now = time.Now
	}
	if r.rand == nil {
		r.rand = rand.Reader
	}
	if !slices.Contains(Modes(), o.Mode) {
		fault("the mode is not set")
	}
	if o.UserName == "" {
		fault("the user name (gh_...) is empty, a push for another mini program could not be recognised")
	}
	if o.Window < 0 {
		fault("the timestamp window is negative")
	}
	if r.tokens = nonEmpty(o.Tokens); len(r.tokens) == 0 {
		fault("there is no token, anybody could sign")
	}
	if o.Mode != Plain {
		keys := nonEmpty(o.AESKeys)
		if len(keys) == 0 {
			fault("there is no AES key, which this mode needs")
		}
		for i, key := range keys {
			c, err := NewCipher(key, o.AppID)
			if err != nil {
				faults = append(faults, fmt.Errorf("AES key %d: %w", i+1, err))
			}
			r.ciphers = append(r.ciphers, c)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return r, nil
}

// UserName is the original id of the mini program, to which every push is that Open gives.
func (r *Receiver) UserName() string { return r.userName }

func nonEmpty(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
}

// VerifyURL answers the request that WeChat makes when the URL is entered in
// the console. echo is to be sent back exactly so. The check is the same in all
// modes: the echo of a mini program is never encrypted.
func (r *Receiver) VerifyURL(q Query) (echo string, err error) {
	sent, err := parseTimestamp(q.Timestamp)
	if err != nil {
		return "", err
	}
	if signer(r.tokens, q.Signature, q, nil) < 0 {
		return "", refuse(CheckSignature, "%s", r.whySignature(q))
	}
	if _, err := r.inWindow(sent); err != nil {
		return "", err
	}
	if q.EchoStr == "" { // an empty answer would fail the check without a word of ours
		return "", refuse(CheckEchoStr, "signature is right, but the query has no echostr: a proxy or a filter drops the parameter, and WeChat's check of the URL fails")
	}
	return q.EchoStr, nil
}

// parseTimestamp accepts the plain decimal that WeChat writes. No leading zero:
// the parts of a signature are joined without a separator, so the same
// signature fits some other ways to divide the digits between timestamp and
// nonce, and a loose reading would make more of them useful.
func parseTimestamp(s string) (time.Time, error) {
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > 18 || s[0] < '1' || s[0] > '9' {
		return time.Time{}, refuse(CheckTimestamp, "the query's timestamp is not a decimal number of seconds")
	}
	return time.Unix(seconds, 0), nil
}

// inWindow returns our clock minus the sender's. It is called only after
// the signature, so that the skew it reports is WeChat's and not a stranger's.
func (r *Receiver) inWindow(sent time.Time) (skew time.Duration, err error) {
	skew = r.now().Sub(sent)
	if r.window == 0 || (-r.window <= skew && skew <= r.window) {
		return skew, nil
	}
	way, off := "behind", skew
	if skew < 0 {
		way, off = "ahead of", -max(skew, -1<<63+1)
	}
	return skew, &Refusal{Check: CheckWindow, Skew: skew, Detail: fmt.Sprintf(
		"the push's timestamp is %v %s our clock, and %v is allowed: an old push sent again, or our clock is wrong (check NTP)",
		off.Round(time.Second), way, r.window)}
}
