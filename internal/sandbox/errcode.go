package sandbox

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// The platform's codes, from the tables of the pages named in docs/sandbox.md.
const (
	codeOK             = 0
	codeSystem         = -1
	codeCredential     = 40001
	codeGrantType      = 40002
	codeOpenID         = 40003
	codeAppID          = 40013
	codeAccessToken    = 40014
	codeSecret         = 40125
	codeWaybillUnknown = 40199
	codeTokenMissing   = 41001
	codeAppIDMissing   = 41002
	codeSecretMissing  = 41004
	codeTokenExpired   = 42001
	codeNeedsGET       = 43001
	codeNeedsPOST      = 43002
	codeEmptyBody      = 44002
	codeFormat         = 47001
	codeLocalSystem    = 930555
	codeCompanySilent  = 930556
	codeCompanyFailed  = 930557
	codeCompanyRefused = 930558
	codeLocalOpenID    = 930559
	codeShopNotBound   = 930560
	codeArgs           = 930561
	codeOrderExists    = 930562
	codeOrderUnknown   = 930563
	codeOrderEnded     = 930565
	codeGoodsClass     = 930570
	codeCarrierRefused = 9300501
	codeCarrierFailed  = 9300502
	codeCarrierUnknown = 9300503
	codeHasPath        = 9300506
	codeOrderToken     = 9300507
	codeOrderRepeated  = 9300522
	codeCancelFailed   = 9300524
	codeNotBound       = 9300525
	codeTooLong        = 9300526
	codeBoundAlready   = 9300529
	codeNoneToUnbind   = 9300530
	codeBadAccount     = 9300531
	codeShopWrong      = 9300535
)

// errtexts are the words that go with the codes. Where WeChat's own are known
// (40001, 9300501, 930560, 930570 and the common ones) they are WeChat's.
var errtexts = map[int]string{
	codeOK:             "ok",
	codeSystem:         "system error",
	codeCredential:     "invalid credential, access_token is invalid or not latest",
	codeGrantType:      "invalid grant_type",
	codeOpenID:         "invalid openid",
	codeAppID:          "invalid appid",
	codeAccessToken:    "invalid access_token",
	codeSecret:         "invalid appsecret",
	codeWaybillUnknown: "waybill_id not exist",
	codeTokenMissing:   "access_token missing",
	codeAppIDMissing:   "appid missing",
	codeSecretMissing:  "appsecret missing",
	codeTokenExpired:   "access_token expired",
	codeNeedsGET:       "require GET method",
	codeNeedsPOST:      "require POST method",
	codeEmptyBody:      "empty post data",
	codeFormat:         "data format error",
	codeLocalSystem:    "wechat system error",
	codeCompanySilent:  "delivery timeout",
	codeCompanyFailed:  "company system error",
	codeCompanyRefused: "delivery logic error",
	codeLocalOpenID:    "openid invalid",
	codeShopNotBound:   "shopid need bind first",
	codeArgs:           "invalid args",
	codeOrderExists:    "order exists",
	codeOrderUnknown:   "order not exist",
	codeOrderEnded:     "order ended",
	codeGoodsClass:     "cargo_first_class or cargo_second_class invalid",
	codeCarrierRefused: "delivery logic fail",
	codeCarrierFailed:  "delivery system error",
	codeCarrierUnknown: "delivery_id not exist",
	codeHasPath:        "waybill has path, can not cancel",
	codeOrderToken:     "invalid order token",
	codeOrderRepeated:  "order_id repeated",
	codeCancelFailed:   "cancel order fail",
	codeNotBound:       "biz_id not bound",
	codeTooLong:        "field too long",
	codeBoundAlready:   "biz_id bound already",
	codeNoneToUnbind:   "biz_id to unbind not exist",
	codeBadAccount:     "biz_id or password invalid",
	codeShopWrong:      "shop arg error",
}

// failure is why the platform did not do what it was asked. A nil one is
// success.
type failure struct {
	code int
	hint string // for the developer; ours, never the request's
	// What the carrier said, if it said no.
	resultCode int
	resultMsg  string
}

func fail(code int, hint string) *failure { return &failure{code: code, hint: hint} }

// errmsg is the text of a failure with the tail by which WeChat finds a request
// in its logs. Nobody may compare it for equality. The carrier's refusal has no
// tail: the real answers that are known have none.
func (f *failure) errmsg(now time.Time, random io.Reader) string {
	text := errtexts[f.code]
	if f.code == codeCarrierRefused {
		return text
	}
	if f.hint != "" {
		text += " hint: [" + f.hint + "]"
	}
	return text + " rid: " + rid(now, random)
}

// rid looks like WeChat's: the time and two random numbers, in hex.
func rid(now time.Time, random io.Reader) string {
	var b [8]byte
	_, _ = io.ReadFull(random, b[:]) // it names a line in nobody's log: zeros do
	return fmt.Sprintf("%08x-%08x-%08x", uint32(now.Unix()), binary.BigEndian.Uint32(b[:4]), binary.BigEndian.Uint32(b[4:]))
}
