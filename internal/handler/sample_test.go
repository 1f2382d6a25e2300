package handler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// The account that WeChat's samples share.
const (
	userName = "gh_abcdefg"
	appID    = "wxb11529c136998cb6"
	token    = "pamtest"
	aesKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	nonce    = "1320562132"
)

var (
	sampleTime = time.Unix(1533042556, 0)
	random     = [16]byte([]byte("aaaabbbbccccdddd"))
	formats    = []wechat.Format{wechat.XML, wechat.JSON}
)

// everyWay is every format in every mode.
func everyWay(yield func(wechat.Format, wechat.Mode) bool) {
	for _, f := range formats {
		for _, m := range wechat.Modes() {
			if !yield(f, m) {
				return
			}
		}
	}
}

// fixedRand is the randomness of the sample replies, over and over.
type fixedRand struct{}

func (fixedRand) Read(b []byte) (int, error) {
	return copy(b, bytes.Repeat([]byte("ddddccccbbbbaaaa"), len(b)/16+1)), nil
}

// sampleCancel is what WeChat's sample request says.
var sampleCancel = wechat.CancelWaybill{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "cancel_waybill",
	BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
	OrderID: "012345678901234567890123456789", WayBillID: "123456789",
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	must(t, err)
	return b
}

var (
	encryptMember = regexp.MustCompile(`<Encrypt><!\[CDATA\[(.*?)\]\]></Encrypt>|"Encrypt": *"(.*?)"`)
	betweenTags   = regexp.MustCompile(`>\s+<`)
)

// samplePush is a sample packet with the query that goes with it.
func samplePush(t testing.TB, f wechat.Format, m wechat.Mode) (wechat.Query, []byte) {
	t.Helper()
	kind := map[wechat.Mode]string{wechat.Plain: "", wechat.Compatible: ".compat", wechat.Secure: ".secure"}[m]
	body := sample(t, fmt.Sprintf("cancel_waybill%s.request.%v", kind, f))
	encrypt := ""
	if found := encryptMember.FindSubmatch(body); found != nil {
		encrypt = string(found[1]) + string(found[2])
	}
	return signed(encrypt), body
}

// signed is the query that WeChat would send with a ciphertext ("" = none).
func signed(encrypt string) wechat.Query {
	q := wechat.Query{Timestamp: "1533042556", Nonce: nonce}
	q.Signature = wechat.Sign(token, q.Timestamp, q.Nonce)
	if encrypt != "" {
		q.EncryptType, q.MsgSignature = "aes", wechat.Sign(token, q.Timestamp, q.Nonce, encrypt)
	}
	return q
}

// sealed is a signed envelope around a ciphertext, in secure mode.
func sealed(f wechat.Format, encrypt string) (wechat.Query, []byte) {
	if f == wechat.JSON {
		return signed(encrypt), fmt.Appendf(nil, `{"ToUserName":%q,"Encrypt":%q}`, userName, encrypt)
	}
	return signed(encrypt), fmt.Appendf(nil, "<xml><ToUserName>%s</ToUserName><Encrypt>%s</Encrypt></xml>", userName, encrypt)
}

// wechatPush sends a message as WeChat would at the samples' time.
func wechatPush(t testing.TB, f wechat.Format, m wechat.Mode, msg []byte) (wechat.Query, []byte) {
	t.Helper()
	return newSender(t, m).Push(f, sampleTime, nonce, random, msg)
}

func newSender(t testing.TB, m wechat.Mode) *wechat.Sender {
	t.Helper()
	s, err := wechat.NewSender(wechat.SenderOptions{UserName: userName, AppID: appID, Mode: m, Token: token, AESKey: aesKey})
	must(t, err)
	return s
}

// compact takes a sample's layout out and leaves the order of its members.
func compact(t testing.TB, f wechat.Format, doc []byte) []byte {
	t.Helper()
	if f == wechat.XML {
		return betweenTags.ReplaceAll(bytes.TrimSpace(doc), []byte("><"))
	}
	var b bytes.Buffer
	must(t, json.Compact(&b, doc))
	return b.Bytes()
}
