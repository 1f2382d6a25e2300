package sandbox

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// The codes that all calls share, from the tables of the pages named in docs/sandbox.md.
const (
	CodeOK             = 0
	CodeSystem         = -1
	codeCredential     = 40001
	codeGrantType      = 40002
	codeAppID          = 40013
	codeAccessToken    = 40014
	codeSecret         = 40125
	codeTokenMissing   = 41001
	codeAppIDMissing   = 41002
	codeSecretMissing  = 41004
	codeTokenExpired   = 42001
	codeNeedsGET       = 43001
	codeNeedsPOST      = 43002
	codeEmptyBody      = 44002
	CodeFormat         = 47001
	CodeArgs           = 930561
	CodeCarrierRefused = 9300501
)

// errtexts are the words that go with the codes. Where WeChat's own are known
// (40001, 9300501 and the common ones) they are WeChat's.
var errtexts = map[int]string{
	CodeOK:             "ok",
	CodeSystem:         "system error",
	codeCredential:     "invalid credential, access_token is invalid or not latest",
	codeGrantType:      "invalid grant_type",
	codeAppID:          "invalid appid",
	codeAccessToken:    "invalid access_token",
	codeSecret:         "invalid appsecret",
	codeTokenMissing:   "access_token missing",
	codeAppIDMissing:   "appid missing",
	codeSecretMissing:  "appsecret missing",
	codeTokenExpired:   "access_token expired",
	codeNeedsGET:       "require GET method",
	codeNeedsPOST:      "require POST method",
	codeEmptyBody:      "empty post data",
	CodeFormat:         "data format error",
	CodeArgs:           "invalid args",
	CodeCarrierRefused: "delivery logic fail",
}

// Failure is why the platform refused a call. A nil one is success.
type Failure struct {
	Code int
	Hint string // for the developer; ours, never the request's
	// What the carrier said, if it said no.
	ResultCode int
	ResultMsg  string
}

// Fail is a failure of the platform's.
func Fail(code int, hint string) *Failure { return &Failure{Code: code, Hint: hint} }

// errmsg is the text of a failure with the tail by which WeChat finds a request
// in its logs. Nobody may compare it for equality. The carrier's refusal has no
// tail: the real answers that are known have none.
func (f *Failure) errmsg(texts map[int]string, now time.Time, random io.Reader) string {
	text := cmp.Or(texts[f.Code], errtexts[f.Code])
	if f.Code == CodeCarrierRefused {
		return text
	}
	if f.Hint != "" {
		text += " hint: [" + f.Hint + "]"
	}
	return text + " rid: " + rid(now, random)
}

// rid looks like WeChat's: the time and two random numbers, in hex.
func rid(now time.Time, random io.Reader) string {
	var b [8]byte
	_, _ = io.ReadFull(random, b[:]) // it names a line in nobody's log: zeros do
	return fmt.Sprintf("%08x-%08x-%08x", uint32(now.Unix()), binary.BigEndian.Uint32(b[:4]), binary.BigEndian.Uint32(b[4:]))
}
