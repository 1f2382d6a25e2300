//go:build interop

package interop

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Pushes that others have sealed are opened and done, and others open and believe
// what comes back, in both formats; what was changed on the way is refused.
func TestInteropEnvelope(t *testing.T) {
	s := serve(t, stocked(t), "WECHAT_MODE=secure", "WECHAT_DEADLINE=4500ms")
	i := 0
	for _, c := range codecs {
		for _, format := range []string{"xml", "json"} {
			for _, mode := range []string{"secure", "compatible"} {
				i++
				t.Run(fmt.Sprintf("%s/%s/%s", c.name, format, mode), func(t *testing.T) {
					w := platform{t, s.public, c, format, mode == "compatible"}
					w.verifiesURL()
					cancel := w.cancel(fmt.Sprintf("o%d", i), fmt.Sprintf("n%d", i), time.Now().Unix())
					w.want(cancel, map[string]string{"ResultCode": "0", "ResultMsg": "success", "WayBillID": fmt.Sprintf("n%d", i), "FromUserName": userName})
					w.want(w.cancel("moving", "moving", time.Now().Unix()+int64(i)), map[string]string{"ResultCode": "30002", "ResultMsg": "已经揽收,不可取消"})
					number := fmt.Sprintf("12345678%d", i)
					w.want(w.booking("order-"+number, number), map[string]string{
						"ResultCode": "0", "WayBillID": number, "WaybillData": "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##",
					})
					w.refused(cancel)
				})
			}
		}
	}
}

// platform plays WeChat with other people's means.
type platform struct {
	testing.TB
	url        string
	codec      codec
	format     string // xml or json
	compatible bool   // the packet stands beside what is sealed
}

// verifiesURL is WeChat's request when the URL is entered in its console.
func (w platform) verifiesURL() {
	w.Helper()
	const echo = "4375120948345356249"
	if code, body := w.curl(w.url+pushPath+"?"+w.query("", "").Encode()+"&echostr="+echo, ""); code != 200 || body != echo {
		w.Errorf("URL check: %d %s", code, body)
	}
}

// query signs: for what is sealed also with the signature that covers it.
func (w platform) query(encrypt, nonce string) url.Values {
	w.Helper()
	now := strconv.FormatInt(time.Now().Unix(), 10)
	q := url.Values{"timestamp": {now}, "nonce": {nonce}, "signature": {w.codec.sign(w, now, nonce, "")}, "openid": {"oABCD"}}
	if encrypt != "" {
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", w.codec.sign(w, now, nonce, encrypt))
	}
	return q
}

// curl sends a body, or gets where there is none.
func (w platform) curl(to, body string, more ...string) (code int, says string) {
	w.Helper()
	args := append([]string{"-sS", "--max-time", "60", "-w", "\n%{http_code}"}, more...)
	if body != "" {
		args = append(args, "--data-binary", "@-")
	}
	out := mustSay(w, body, "curl", append(args, to)...)
	end := strings.LastIndexByte(out, '\n')
	code, err := strconv.Atoi(out[end+1:])
	if err != nil {
		w.Fatal(err)
	}
	return code, out[:end]
}

// member is the text of a member of a document, as another program reads it.
func (w platform) member(document, name string) string {
	w.Helper()
	if w.format == "json" {
		return strings.TrimSuffix(mustSay(w, document, "jq", "-er", "."+name), "\n")
	}
	return strings.TrimSuffix(mustSay(w, document, "xmllint", "--nonet", "--xpath", "string(/xml/"+name+")", "-"), "\n")
}

// outer puts what is sealed into a body.
func (w platform) outer(packet, encrypt string) string {
	if w.format == "json" {
		if w.compatible {
			return strings.TrimSuffix(strings.TrimSpace(packet), "}") + `,"Encrypt":"` + encrypt + `"}`
		}
		return `{"ToUserName":"` + userName + `","Encrypt":"` + encrypt + `"}`
	}
	sealed := "<Encrypt><![CDATA[" + encrypt + "]]></Encrypt></xml>"
	if w.compatible {
		return strings.TrimSuffix(strings.TrimSpace(packet), "</xml>") + sealed
	}
	return "<xml><ToUserName><![CDATA[" + userName + "]]></ToUserName>" + sealed
}

// want pushes a packet, and wants members in what every codec opens. A machine that
// is busy may be answered -1: then the same push comes again, which is safe.
func (w platform) want(packet string, members map[string]string, more ...string) {
	w.Helper()
	encrypt, nonce := w.codec.seal(w, packet), "486452656"
	to := w.url + pushPath + "?" + w.query(encrypt, nonce).Encode()
	for begun := time.Now(); ; {
		code, body := w.curl(to, w.outer(packet, encrypt), more...)
		if code != 200 {
			w.Fatalf("HTTP status %d: %s", code, body)
		}
		opened := w.opens(body, nonce)
		if w.member(opened, "ResultCode") == "-1" && time.Since(begun) < patience {
			continue
		}
		for name, value := range members {
			if got := w.member(opened, name); got != value {
				w.Errorf("%s is %q, want %q, in\n%s", name, got, value, opened)
			}
		}
		return
	}
}

// opens a reply with every codec. All have to agree.
func (w platform) opens(body, nonce string) (packet string) {
	w.Helper()
	encrypt := w.member(body, "Encrypt")
	if got := w.member(body, "Nonce"); got != nonce {
		w.Errorf("the reply has the nonce %s, want %s", got, nonce)
	}
	for _, c := range codecs {
		if want, got := c.sign(w, w.member(body, "TimeStamp"), nonce, encrypt), w.member(body, "MsgSignature"); got != want {
			w.Errorf("%s: MsgSignature is %s, want %s", c.name, got, want)
		}
		opened, id := c.open(w, encrypt)
		if id != appID {
			w.Errorf("%s: the reply is for the app %q", c.name, id)
		}
		if packet != "" && opened != packet {
			w.Errorf("two programs open a reply as\n%s\nand\n%s", packet, opened)
		}
		packet = opened
	}
	return packet
}

// refused changes a push on the way, in its signature and in what it covers.
func (w platform) refused(packet string) {
	w.Helper()
	encrypt, nonce := w.codec.seal(w, packet), "1320562132"
	q := w.query(encrypt, nonce)
	q.Set("nonce", "1320562133")
	if code, body := w.curl(w.url+pushPath+"?"+q.Encode(), w.outer(packet, encrypt)); code != 403 {
		w.Errorf("another nonce than was signed: %d %s", code, body)
	}
	q.Set("nonce", nonce)
	other := w.codec.seal(w, packet)
	if code, body := w.curl(w.url+pushPath+"?"+q.Encode(), w.outer(packet, other)); code != 403 {
		w.Errorf("another Encrypt than was signed: %d %s", code, body)
	}
}
