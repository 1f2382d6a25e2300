package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"carrierhook/internal/wechat"
)

// defect is a deliberately wrong server: one thing in which it differs from the
// correct one, and exactly the cases that catch it.
type defect struct {
	name   string
	caught string // the case meant for it first
	mode   wechat.Mode
	inject func(*carrier)
}

// These replace a step of the correct server.
func accepting(step func(*carrier, *wechat.Query, []byte, http.Header) ([]byte, int)) func(*carrier) {
	return func(c *carrier) { c.accept = step }
}
func deciding(step func(*carrier, wechat.CancelWaybill) (int, string)) func(*carrier) {
	return func(c *carrier) { c.decide = step }
}
func ordering(step func(*carrier, wechat.AddWaybill) wechat.AddReply) func(*carrier) {
	return func(c *carrier) { c.add = step }
}
func sealing(step func(*carrier, *wechat.Push, wechat.Query, []byte) []byte) func(*carrier) {
	return func(c *carrier) { c.seal = step }
}

func envelope(s sloppy) func(*carrier) {
	return sealing(func(c *carrier, p *wechat.Push, q wechat.Query, packet []byte) []byte {
		return s.seal(c.t, p.Format, q, packet)
	})
}

func rewrite(old, new string) func(*carrier) {
	return func(c *carrier) {
		c.packet = func(_ wechat.Format, b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(new)) }
	}
}

// inFormat changes a reply's packet in each format.
func inFormat(json, xml func([]byte) []byte) func(*carrier) {
	return func(c *carrier) {
		c.packet = func(f wechat.Format, b []byte) []byte {
			if f == wechat.JSON {
				return json(b)
			}
			return xml(b)
		}
	}
}

func replaceFirst(old, new string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
}

func matched(what *regexp.Regexp, with string) func([]byte) []byte {
	return func(b []byte) []byte { return what.ReplaceAll(b, []byte(with)) }
}

var createTime = regexp.MustCompile(`(CreateTime"?[:>])([0-9]+)`)

var resultCode = regexp.MustCompile(`(ResultCode"?[:>])(-?[0-9]+)`)

func refusing(bad func(frame) bool) func(*carrier) {
	return accepting(func(c *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if p, err := read(body); err == nil {
			if f, ok := loosely(c.t, p.text("Encrypt")); ok && bad(f) {
				return nil, http.StatusForbidden
			}
		}
		return body, 0
	})
}

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

// knowing is a server with fewer secrets.
func knowing(tokens, keys []string) func(*carrier) {
	return func(c *carrier) {
		r, err := wechat.NewReceiver(wechat.ReceiverOptions{UserName: userName, AppID: appID, Mode: c.mode, Tokens: tokens, AESKeys: keys, Window: window})
		must(c.t, err)
		c.receiver = r
	}
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

// counts counts by key.
type counts struct {
	mu sync.Mutex
	n  map[any]int
}

// next counts one more, and returns how many there were before.
func (c *counts) next(key any) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[any]int{}
	}
	c.n[key]++
	return c.n[key] - 1
}

// cancelsOnce answers a repeated cancel as if it were a new one.
func cancelsOnce(c *carrier) {
	var seen counts
	c.decide = func(c *carrier, m wechat.CancelWaybill) (int, string) {
		code, msg := c.cancel(m)
		if n := seen.next(m.WayBillID); code == 0 && n > 0 {
			return 30003, "cancelled before"
		}
		return code, msg
	}
}

func trimmed(f frame) []byte { return bytes.TrimRight(f.whole, "\x00") }

var defects = slices.Concat(cancelDefects, bookDefects, instantDefects, programDefects)

var cancelDefects = []defect{
	// Those that the project promises to catch.
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
	{"16-byte unpadding", "push_padding", 0, refusing(func(f frame) bool { return f.pad > 16 })},
	{"no padding when aligned", "reply_padding", 0, envelope(sloppy{noPad: true})},
	{"16-byte padding", "reply_padding", 0, envelope(sloppy{pad16: true})},
	{"To and From not swapped", "reply_swapped", 0, func(c *carrier) {
		c.reply = func(r *wechat.CancelReply, _ wechat.CancelWaybill) {
			r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName
		}
	}},
	{"repeat answered 30003", "repeat slow_answer twice hang_up", 0, cancelsOnce},
	{"repeats refused by a server that takes its time", "repeat slow_answer twice hang_up add_repeat add_again add_slow_answer add_hang_up add_twice add_quota " +
		"instant_repeat instant_readd_repeat instant_slow_answer instant_hang_up instant_twice", 0, func(c *carrier) {
		both(cancelsOnce, booksOnce, repeated(wechat.EventAddOrder, wechat.EventReaddOrder))(c)
		var seen counts
		c.wait = func(_ *http.Request, id string) bool {
			if seen.next(id) == 0 { // so that a repeat that is sent too soon is decided first
				time.Sleep(100 * time.Millisecond)
			}
			return true
		}
	}},
	{"reply unsealed", "reply_sealed", 0, func(c *carrier) {
		c.seal = func(_ *carrier, _ *wechat.Push, _ wechat.Query, packet []byte) []byte { return packet }
	}},
	{"TimeStamp in milliseconds", "reply_timestamp", 0, envelope(sloppy{stamp: func(s int64) string { return fmt.Sprint(s * 1000) }})},
	{"TimeStamp as a string", "reply_timestamp", 0, envelope(sloppy{stamp: func(s int64) string { return fmt.Sprintf("%q", fmt.Sprint(s)) }})},
	{"foreign nonce", "reply_nonce", 0, envelope(sloppy{nonce: func(string) string { return "4711" }})},
	{"envelope's XML root other than xml", "reply_root", 0, envelope(sloppy{root: "Envelope"})},
	{"packet's XML root other than xml", "reply_root", 0, func(c *carrier) {
		c.packet = func(_ wechat.Format, b []byte) []byte {
			return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("<xml>"), []byte("<CancelReply>")), []byte("</xml>"), []byte("</CancelReply>"))
		}
	}},
	{"resultcode for ResultCode", "reply_members", 0, rewrite("ResultCode", "resultcode")},
	{"any echostr echoed", "url_check_forged url_check_stale", 0, func(c *carrier) {
		c.verify = func(_ *carrier, q wechat.Query) (int, string) { return 200, q.EchoStr }
	}},

	// One for each other case, so that every case is seen to fail.
	{"echostr in quotes", "url_check", 0, func(c *carrier) {
		right := c.verify
		c.verify = func(c *carrier, q wechat.Query) (int, string) {
			status, echo := right(c, q)
			if status == http.StatusOK {
				echo = `"` + echo + `"`
			}
			return status, echo
		}
	}},
	{"echostr read as a floating-point number", "url_check", 0, func(c *carrier) {
		right := c.verify
		c.verify = func(c *carrier, q wechat.Query) (int, string) {
			status, echo := right(c, q)
			if n, err := strconv.ParseFloat(echo, 64); err == nil {
				echo = strconv.FormatFloat(n, 'f', -1, 64)
			}
			return status, echo
		}
	}},
	{"nothing answered", "answer", 0, func(c *carrier) {
		c.accept = func(*carrier, *wechat.Query, []byte, http.Header) ([]byte, int) { return nil, http.StatusForbidden }
	}},
	{"unknown ids taken for an own fault", "code_30001 event_lower event_upper json_as_xml still_there", 0, recode(30001, -1)},
	{"a collected waybill taken for another", "code_30002", 0, recode(30002, 30003)},
	{"no contract taken for an own fault", "code_30004", 0, recode(30004, -1)},
	{"an own fault taken for the merchant's", "code_-1", 0, recode(-1, 30001)},
	{"cancelled taken for collected", "cancel_again code_30003", 0, recode(30003, 30002)},
	{"codes of its own", "reply_code code_30004", 0, recode(30004, 40004)},
	{"nothing can be cancelled", "code_0 hang_up slow_answer twice add_cancel add_quota", 0, recode(0, 30004)},
	{"Event compared by letter case", "event_upper", 0, refusing(func(f frame) bool { return bytes.Contains(f.msg, []byte("CANCEL_WAYBILL")) })},
	{"the label believed", "json_as_xml", 0, accepting(func(_ *carrier, _ *wechat.Query, body []byte, h http.Header) ([]byte, int) {
		if body[0] == '{' && h.Get("Content-Type") == "text/xml" {
			return nil, http.StatusBadRequest
		}
		return body, 0
	})},
	{"the message's length counted in characters", "chinese_text add_answer instant_answer", 0, refusing(func(f frame) bool {
		return len([]rune(string(f.msg))) != len(f.msg)
	})},
	{"text escaped twice", "markup_text reply_echoed", 0, func(c *carrier) {
		c.reply = func(r *wechat.CancelReply, _ wechat.CancelWaybill) {
			r.OrderID = strings.ReplaceAll(r.OrderID, "&", "&amp;")
		}
	}},
	{"every event answered in structure", "other_event", 0, func(c *carrier) { c.other = "<xml><ResultCode>0</ResultCode></xml>" }},
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
	{"app id of somebody else in the reply", "reply_app_id", 0, envelope(sloppy{appID: "wx0000000000000000"})},
	{"MsgSignature in capitals", "reply_signature", 0, envelope(sloppy{sign: func(s string) string { return strings.ToUpper(s) }})},
	{"msg_signature for MsgSignature", "reply_envelope reply_extra", 0, envelope(sloppy{bareName: "msg_signature"})},
	{"always XML", "reply_format", 0, sealing(func(c *carrier, _ *wechat.Push, q wechat.Query, packet []byte) []byte {
		return sloppy{}.seal(c.t, wechat.XML, q, asXML(c.t, packet))
	})},
	{"an XML envelope around JSON", "reply_format", 0, sealing(func(c *carrier, _ *wechat.Push, q wechat.Query, packet []byte) []byte {
		return sloppy{}.seal(c.t, wechat.XML, q, packet)
	})},
	{"XML in a JSON envelope", "reply_format", 0, sealing(func(c *carrier, p *wechat.Push, q wechat.Query, packet []byte) []byte {
		return sloppy{}.seal(c.t, p.Format, q, asXML(c.t, packet))
	})},
	{"always JSON", "reply_format", wechat.Plain, sealing(func(c *carrier, p *wechat.Push, _ wechat.Query, packet []byte) []byte {
		if p.Format == wechat.JSON {
			return packet
		}
		return asJSON(c.t, packet)
	})},
	{"CreateTime in milliseconds", "reply_create_time", 0, inFormat(matched(createTime, `${1}${2}000`), matched(createTime, `${1}${2}000`))},
	{"replies sealed in plain mode", "reply_unsealed", wechat.Plain, envelope(sloppy{})},
	{"everything sealed in plain mode", "reply_unsealed", wechat.Plain, func(c *carrier) {
		envelope(sloppy{})(c)
		c.sealsAll = true
	}},
	{"the previous secrets dropped", "previous_secrets", 0, knowing(tokens[:2], keys[:2])},
	{"the previous Token dropped", "previous_secrets", wechat.Plain, knowing(tokens[:2], nil)},
	{"the next Token not known", "next_secrets", 0, knowing([]string{token, oldToken}, keys)},
	{"the next AES key not known", "next_secrets", wechat.Compatible, knowing(tokens, []string{aesKey, oldKey})},
	{"replies under the present secrets only", "previous_secrets next_secrets", 0, envelope(sloppy{present: true})},
	{"ResultCode as a string", "reply_members", 0, inFormat(matched(resultCode, `$1"$2"`), matched(resultCode, `$1<![CDATA[$2]]>`))},
	{"a member given twice", "reply_members", 0, inFormat(replaceFirst("{", `{"ResultMsg":"",`), replaceFirst("<xml>", "<xml><ResultMsg></ResultMsg>"))},
	{"BizPwd echoed as well", "reply_extra", 0, inFormat(replaceFirst("{", `{"BizPwd":"",`), replaceFirst("<xml>", "<xml><BizPwd></BizPwd>"))},
}

// asJSON writes a packet of either format in JSON.
func asJSON(t testing.TB, packet []byte) []byte {
	p, err := read(packet)
	must(t, err)
	all := map[string]any{}
	for name, m := range p.members {
		all[name] = m.text
		if _, err := strconv.ParseInt(m.text, 10, 64); m.bare && err == nil {
			all[name] = json.Number(m.text)
		}
	}
	out, err := json.Marshal(all)
	must(t, err)
	return out
}

// asXML writes a packet of either format in XML.
func asXML(t testing.TB, packet []byte) []byte {
	p, err := read(packet)
	must(t, err)
	var out strings.Builder
	for name, m := range p.members {
		text := m.text
		if !m.bare {
			text = "<![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>"
		}
		fmt.Fprintf(&out, "<%s>%s</%s>", name, text, name)
	}
	return []byte("<xml>" + out.String() + "</xml>")
}

func recode(from, to int) func(*carrier) {
	return deciding(func(c *carrier, m wechat.CancelWaybill) (int, string) {
		code, msg := c.cancel(m)
		if code == from {
			code = to
		}
		return code, msg
	})
}
