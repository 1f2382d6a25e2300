package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"carrierhook/internal/wechat"
)

// believing takes whatever decrypts.
func believing(checks func(*carrier, wechat.Query, string, frame) bool) func(*carrier) {
	return accepting(func(c *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if p, err := read(body); err == nil {
			if f, ok := loosely(c.t, p.text("Encrypt")); ok && checks(c, *q, p.text("Encrypt"), f) {
				return resealed(c.t, q, body, f.msg), 0
			}
		}
		return body, 0
	})
}

// half tells half a cancel_waybill from a whole document.
func half(body []byte) bool {
	return !bytes.HasSuffix(body, []byte("</xml>")) && !bytes.HasSuffix(body, []byte("}"))
}

// halfAnswered answers half a document.
func halfAnswered(code int) func(*carrier) {
	return func(c *carrier) {
		c.instead = func(_ wechat.Query, body []byte) (string, bool) {
			return fmt.Sprintf(`{"ToUserName":"o","FromUserName":"gh","ResultCode":%d}`, code), half(body)
		}
	}
}

// executing takes what is in the clear, where a query lets it, for a push of WeChat's.
func executing(which func(wechat.Query) bool) func(*carrier) {
	return accepting(func(c *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if p, err := read(body); err == nil && p.text("Encrypt") == "" && which(*q) {
			return resealed(c.t, q, body, body), 0
		}
		return body, 0
	})
}

// sayingInTheClear answers what is in the clear.
func sayingInTheClear(text string) func(*carrier) {
	return func(c *carrier) {
		c.instead = func(_ wechat.Query, body []byte) (string, bool) {
			p, err := read(body)
			return text, err == nil && p.text("Encrypt") == ""
		}
	}
}

// unsignedTaken signs the pushes that have no signature.
func unsignedTaken(which func(wechat.Query) bool) func(*carrier) {
	return accepting(func(_ *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		p, err := read(body)
		if err != nil || !which(*q) {
			return body, 0
		}
		if q.Timestamp == "" {
			q.Timestamp = strconv.FormatInt(time.Now().Unix(), 10)
		}
		q.Signature = wechat.Sign(token, q.Timestamp, q.Nonce)
		if encrypt := p.text("Encrypt"); encrypt != "" {
			q.MsgSignature = wechat.Sign(token, q.Timestamp, q.Nonce, encrypt)
		}
		return body, 0
	})
}

const chatMessage = "<xml><ToUserName>o</ToUserName><FromUserName>gh</FromUserName><MsgType>text</MsgType><Content>hi</Content></xml>"

func signed(q wechat.Query, encrypt string) bool {
	return q.MsgSignature == wechat.Sign(token, q.Timestamp, q.Nonce, encrypt)
}

func trimmed(f frame) []byte { return bytes.TrimRight(f.whole, "\x00") }

// forgeryDefects are those of servers that take what is no push of WeChat's, or break down at it.
var forgeryDefects = []defect{
	{"no msg_signature check", "wrong_msg_signature no_signature", 0, believing(func(_ *carrier, q wechat.Query, _ string, f frame) bool {
		return q.Signature == wechat.Sign(token, q.Timestamp, q.Nonce) && bytes.HasSuffix(f.whole[:len(f.whole)-min(f.pad, 32)], []byte(appID))
	})},
	{"plaintext accepted in secure mode", "plaintext plaintext_aes", 0, executing(func(wechat.Query) bool { return true })},
	{"plaintext answered with a chat message", "plaintext plaintext_aes", 0, sayingInTheClear(chatMessage)},
	{"plaintext answered with success", "plaintext plaintext_aes", 0, sayingInTheClear("success")},
	{"plaintext answered with nothing", "plaintext plaintext_aes", wechat.Compatible, sayingInTheClear("")},
	{"plaintext answered with another document", "plaintext plaintext_aes", 0, sayingInTheClear(`{"code":0}`)},
	{"plaintext executed under encrypt_type=aes", "plaintext_aes", 0, executing(func(q wechat.Query) bool { return q.EncryptType == "aes" })},
	{"plaintext executed under encrypt_type=aes, in compatible mode", "plaintext_aes", wechat.Compatible, executing(func(q wechat.Query) bool { return q.EncryptType == "aes" })},
	{"plaintext executed if it says aes and has signature", "plaintext_aes", 0, executing(func(q wechat.Query) bool {
		return q.EncryptType == "aes" && q.MsgSignature == "" && q.Signature == wechat.Sign(token, q.Timestamp, q.Nonce)
	})},
	{"msg_signature over no Encrypt taken", "plaintext_aes", 0, executing(func(q wechat.Query) bool {
		return q.EncryptType == "aes" && q.MsgSignature == wechat.Sign(token, q.Timestamp, q.Nonce)
	})},
	{"unsigned pushes taken", "no_signature", 0, unsignedTaken(func(q wechat.Query) bool { return q.Signature == "" && q.Timestamp != "" })},
	{"unsigned pushes taken in plain mode", "no_signature", wechat.Plain, unsignedTaken(func(q wechat.Query) bool { return q.Signature == "" && q.EncryptType == "" })},
	{"unsigned pushes taken in plain mode under encrypt_type=aes", "no_signature", wechat.Plain, unsignedTaken(func(q wechat.Query) bool { return q.Signature == "" && q.EncryptType == "aes" })},
	{"pushes without a query taken", "no_signature", 0, unsignedTaken(func(q wechat.Query) bool { return q == wechat.Query{} })},
	{"msg_signature not missed", "no_signature", 0, unsignedTaken(func(q wechat.Query) bool { return q.Signature != "" && q.MsgSignature == "" })},
	{"app id ignored", "wrong_app_id", 0, believing(func(_ *carrier, q wechat.Query, e string, f frame) bool {
		return signed(q, e) && f.pad > 0 && f.pad <= 32
	})},
	{"any echostr echoed", "url_check_forged url_check_stale", 0, func(c *carrier) {
		c.verify = func(_ *carrier, q wechat.Query) (int, string) { return 200, q.EchoStr }
	}},
	{"no signature check", "wrong_signature no_signature", wechat.Plain, accepting(func(_ *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		q.Signature = wechat.Sign(token, q.Timestamp, q.Nonce)
		return body, 0
	})},
	{"a signature taken for any body", "replayed", wechat.Plain, func(c *carrier) { c.anyBody = true }},
	{"half a document understood", "truncated", wechat.Plain, accepting(func(_ *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if half(body) {
			return nil, http.StatusInternalServerError
		}
		return body, 0
	})},
	{"half a document decided", "truncated", wechat.Plain, halfAnswered(30001)},
	{"any padding taken", "bad_padding", 0, believing(func(_ *carrier, q wechat.Query, e string, f frame) bool {
		return signed(q, e) && f.pad == 0 && bytes.HasSuffix(trimmed(f), []byte(appID))
	})},
	{"a breakdown at a wrong length", "wrong_length", 0, accepting(func(c *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if p, err := read(body); err == nil {
			if f, ok := loosely(c.t, p.text("Encrypt")); !ok && f.whole != nil && signed(*q, p.text("Encrypt")) {
				return nil, http.StatusInternalServerError
			}
		}
		return body, 0
	})},
	{"half a ciphertext believed", "flipped_byte", 0, accepting(func(c *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		p, err := read(body)
		if err != nil || signed(*q, p.text("Encrypt")) {
			return body, 0
		}
		if f, ok := loosely(c.t, p.text("Encrypt")); ok && !utf8.Valid(f.msg) {
			m := wechat.CancelWaybill{ToUserName: userName, Event: wechat.EventCancelWaybill}
			return resealed(c.t, q, body, wechat.EncodeCancel(p.format, m)), 0
		}
		return body, 0
	})},
	{"no timestamp window", "stale_timestamp clock_off url_check_stale", 0, func(c *carrier) { c.receiver = newCarrier(c.t, c.mode, 0).receiver }},
	{"no limit to a body", "over_limit", 0, func(c *carrier) { c.tooLarge = 1 << 30 }},
	{"somebody else's pushes answered", "wrong_user_name", wechat.Plain, accepting(func(_ *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		return bytes.ReplaceAll(body, []byte("gh_another"), []byte(userName)), 0
	})},
	{"the plain copy used", "compatible_copy", wechat.Compatible, func(c *carrier) {
		var copied atomic.Bool
		c.accept = func(_ *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
			copied.Store(bytes.Contains(body, []byte("other-order-x")))
			return body, 0
		}
		c.reply = func(r *wechat.CancelReply, _ wechat.CancelWaybill) {
			if copied.Load() {
				r.OrderID = "other-order-x"
			}
		}
	}},
}
