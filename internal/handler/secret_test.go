package handler_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// TestSecretsStayInside sends a bit of everything that can happen to a push,
// with a password, an OpenID, tokens and keys that cannot be mistaken for
// anything else, and searches all that came out: log, metrics, refusals, and
// the answers but for the OpenID, which is the reply's address.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	const (
		password = "Pa55-of-the-merchant"
		openID   = "oOpenIdOfTheUser"
		oldToken = "TokenThatWas"
		newToken = "TokenThatIs"
		oldKey   = "OldKeyOldKeyOldKeyOldKeyOldKeyOldKeyOldKeyO"
		newKey   = "NewKeyNewKeyNewKeyNewKeyNewKeyNewKeyNewKeyN"
	)
	secrets := []string{password, openID, oldToken, newToken, oldKey[3:20], newKey[3:20]}
	msg := sampleCancel
	msg.BizPwd, msg.FromUserName = password, openID

	for _, mode := range wechat.Modes() {
		s := newServer(t, mode, func(o *options) {
			o.Tokens, o.AESKeys = []string{newToken, oldToken}, []string{newKey, oldKey}
			o.health.Ping = func(context.Context) error { return errors.New("away") }
		})
		sender, err := wechat.NewSender(wechat.SenderOptions{UserName: userName, AppID: appID, Mode: mode, Token: oldToken, AESKey: oldKey})
		must(t, err)
		var replies strings.Builder
		post := func(f wechat.Format, packet []byte, spoil func(wechat.Query, []byte) (wechat.Query, []byte)) {
			q, body := sender.Push(f, sampleTime, nonce, random, packet)
			if spoil != nil {
				q, body = spoil(q, body)
			}
			w := s.do(http.MethodPost, handler.Path+"?"+q.Values().Encode()+"&openid="+openID, body)
			if w.Code == http.StatusOK && w.Body.String() != "success" {
				packet, err := sender.OpenReply(q, f, w.Body.Bytes())
				must(t, err)
				replies.Write(packet)
			}
			replies.WriteString(w.Body.String())
		}
		for _, f := range formats {
			good := wechat.EncodeCancel(f, msg)
			for _, how := range []outcome{
				always(waybill.Accepted), always(waybill.WrongPassword), fails(errors.New("away")), fails(ledger.ErrOutcomeUnknown),
			} {
				s.store.decides(how)
				post(f, good, nil)
			}
			s.store.repeats()
			post(f, good, nil)
			s.store.cancel = func(_ context.Context, r waybill.CancelRequest) (waybill.CancelDecision, error) { panic(r) }
			post(f, good, nil)
			post(f, good, func(q wechat.Query, b []byte) (wechat.Query, []byte) {
				q.Signature, q.MsgSignature = newToken, ""
				return q, b
			})
			post(f, good, func(q wechat.Query, b []byte) (wechat.Query, []byte) { return q, b[:len(b)-3] })
			post(f, good, func(q wechat.Query, b []byte) (wechat.Query, []byte) { q.Timestamp = openID; return q, b })
			for old, replacement := range map[string]string{
				"1533042556": password, userName: openID, "cancel_waybill": "add_single_waybill", "BizPwd": "BizID",
				password: password + "\xff", "MsgType": "msgtype",
			} {
				post(f, []byte(strings.ReplaceAll(string(good), old, replacement)), nil)
			}
		}
		if n := s.logs.Len(); n < 20 {
			t.Errorf("%v: only %d log lines to search", mode, n)
		}
		hides(t, s, secrets...)
		for _, secret := range secrets {
			if secret != openID && strings.Contains(replies.String(), secret) {
				t.Errorf("%v: the answers show %q", mode, secret)
			}
		}
	}
}
