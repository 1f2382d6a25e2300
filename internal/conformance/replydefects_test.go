package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

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

// knowing is a server with fewer secrets.
func knowing(tokens, keys []string) func(*carrier) {
	return func(c *carrier) {
		r, err := wechat.NewReceiver(wechat.ReceiverOptions{UserName: userName, AppID: appID, Mode: c.mode, Tokens: tokens, AESKeys: keys, Window: window})
		must(c.t, err)
		c.receiver = r
	}
}

// replyDefects are those in the envelope and the packet of replies.
var replyDefects = []defect{
	{"no padding when aligned", "reply_padding", 0, envelope(sloppy{noPad: true})},
	{"16-byte padding", "reply_padding", 0, envelope(sloppy{pad16: true})},
	{"To and From not swapped", "reply_swapped", 0, func(c *carrier) {
		c.reply = func(r *wechat.CancelReply, _ wechat.CancelWaybill) {
			r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName
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
