package sandbox

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Code is an errcode, and the text that goes with it.
type Code struct {
	Number int
	Text   string
}

// The codes that all calls share, from the tables of the pages named in
// docs/sandbox.md. Where WeChat's own texts are known (40001, 9300501 and the common
// ones) they are WeChat's.
var (
	CodeOK             = Code{0, "ok"}
	CodeSystem         = Code{-1, "system error"}
	codeCredential     = Code{40001, "invalid credential, access_token is invalid or not latest"}
	codeGrantType      = Code{40002, "invalid grant_type"}
	codePath           = Code{40066, "invalid url"}
	codeAppID          = Code{40013, "invalid appid"}
	codeAccessToken    = Code{40014, "invalid access_token"}
	codeSecret         = Code{40125, "invalid appsecret"}
	codeFrozen         = Code{40243, "appsecret is frozen"}
	codeTokenMissing   = Code{41001, "access_token missing"}
	codeAppIDMissing   = Code{41002, "appid missing"}
	codeSecretMissing  = Code{41004, "appsecret missing"}
	codeTokenExpired   = Code{42001, "access_token expired"}
	codeNeedsGET       = Code{43001, "require GET method"}
	codeNeedsPOST      = Code{43002, "require POST method"}
	codeEmptyBody      = Code{44002, "empty post data"}
	codeDaily          = Code{45009, "reach max api daily quota limit"}
	codeMinute         = Code{45011, "api minute-quota reach limit, must slower, retry next minute"}
	CodeFormat         = Code{47001, "data format error"}
	codeUnauthorised   = Code{48001, "api unauthorized"}
	codeNoMoreClears   = Code{48006, "forbid to clear quota because of reaching the limit"}
	codeBadCGIPath     = Code{76003, "invalid cgi_path"}
	codeCGIPathUnknown = Code{76021, "cgi_path not found, please check"}
	codeCGIPathOthers  = Code{76022, "could not use this cgi_path, no permission"}
	CodeArgs           = Code{930561, "invalid args"}
	codeNoQuota        = Code{930564, "no quota to call"}
	CodeCarrierRefused = Code{9300501, "delivery logic fail"}
)

// notAllowed has the caller's address in its text, as WeChat's has.
func notAllowed(address string) Code {
	return Code{40164, "invalid ip " + address + ", not in whitelist"}
}

// Failure is why the platform refused a call. A nil one is success.
type Failure struct {
	Code Code
	Hint string // for the developer; ours, never the request's
	// What the carrier said, if it said no.
	ResultCode int
	ResultMsg  string
}

// Fail is a failure of the platform's.
func Fail(code Code, hint string) *Failure { return &Failure{Code: code, Hint: hint} }

// errmsg is the text of a failure with the tail by which WeChat finds a request
// in its logs. Nobody may compare it for equality. The carrier's refusal has no
// tail: the real answers that are known have none.
func (f *Failure) errmsg(now time.Time, random io.Reader) string {
	text := f.Code.Text
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
