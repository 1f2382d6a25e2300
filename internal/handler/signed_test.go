package handler_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// signedModes are those in which a broken document is behind the signature. The envelope of a
// compatible push has the event in clear as well, and has to be well-formed.
var signedModes = []wechat.Mode{wechat.Plain, wechat.Secure}

// unreadable fails the test unless the last push left a line, an entry and a count of one
// whose message has a fault, which the line names.
func (s *server) unreadable(t testing.TB, event, fault string) {
	t.Helper()
	entry, fields := s.line(t, "push")
	if why, _ := fields["why"].(string); entry.Level != zap.WarnLevel || fields["reason"] != "unreadable" || fields["result"] != "-1" || !strings.Contains(why, fault) {
		t.Errorf("%v: %v, want why with %q", entry.Level, fields, fault)
	}
	if got := onlyRecorded(t, s.store); got.Event != event || got.reason != "unreadable" || got.code == nil || *got.code != -1 {
		t.Errorf("recorded %+v", got)
	}
	for _, refusal := range []string{"outer_document", "inner_document", "mode"} {
		s.counted(t, fmt.Sprintf("carrierhook_refusals_total{account=\"main\",check=%q}", refusal), 0)
	}
}

// TestTextsOfMerchants: a text with characters that its document must not have is judged
// like any other, and the push is answered as any other. Where nobody decides on it, it is clean.
func TestTextsOfMerchants(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file string
		text func(waybill.BookingRequest) string
		want string
	}{
		{"raw-line-break-in-address.json", func(r waybill.BookingRequest) string { return r.Receiver.Address }, "a b"},
		{"name-cut-inside-a-character.json", func(r waybill.BookingRequest) string { return r.Sender.Name }, "甲\ufffd"},
		{"name-cut-inside-a-character.xml", func(r waybill.BookingRequest) string { return r.Sender.Name }, "甲\ufffd"},
		{"raw-escape-byte-in-remark.json", func(r waybill.BookingRequest) string { return r.OrderID }, "case-order"},
	} {
		for _, m := range wechat.Modes() {
			f := wechat.JSON
			if strings.HasSuffix(tt.file, ".xml") {
				f = wechat.XML
			}
			s := newServer(t, m)
			_, packet := s.push(t, f, m, sample(t, "programs/"+tt.file))
			r, err := wechat.DecodeAddReply(f, packet)
			requests, _ := s.store.calls()
			if err != nil || r.OrderID != "case-order" || r.Token != "tok" || len(requests) != 1 {
				t.Fatalf("%s: %v, %d requests: %s", tt.file, err, len(requests), packet)
			}
			if got := tt.text(requests[0].(waybill.BookingRequest)); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.file, got, tt.want)
			}
		}
	}
}

// TestTextsOfEnvelopes: what is beside Encrypt has no signature and is not read, so no text of
// it costs the push. The ciphertext itself is held to the strict grammar.
func TestTextsOfEnvelopes(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		texts := []string{"\x00\x1b", "甲\xe4", `\x`, `\ud83d`}
		if f == wechat.XML {
			texts = []string{"\x01", "甲\xe4", "&", "&#0;", "]]>"}
		}
		for _, m := range []wechat.Mode{wechat.Compatible, wechat.Secure} {
			for _, text := range texts {
				s := newServer(t, m)
				q, body := samplePush(t, f, m)
				w := s.post(q, bytes.Replace(body, []byte(userName), []byte(text), 1))
				if requests, _ := s.store.calls(); w.Code != http.StatusOK || len(requests) != 1 {
					t.Errorf("%v %v %q: status %d, %d requests", m, f, text, w.Code, len(requests))
				}
			}
			for _, text := range texts[:2] {
				s := newServer(t, m)
				q, body := samplePush(t, f, m)
				s.refused(t, s.post(q, bytes.Replace(body, []byte("jn1L"), []byte("jn1"+text), 1)), http.StatusBadRequest, "outer_document")
			}
		}
	}
}

// TestIDsWithSuchCharacters: an id is judged by its rule, and is echoed as far as the format
// can carry it.
func TestIDsWithSuchCharacters(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format         wechat.Format
		id, read, echo string
	}{
		{wechat.JSON, "x\ny", "", "x\ny"}, {wechat.JSON, "x\x00y", "", "x\x00y"}, {wechat.JSON, "x\xff", "", "x\ufffd"}, {wechat.JSON, `\ud83d`, "", "\ufffd"},
		{wechat.XML, "x\x01y", "", "x\ufffdy"}, {wechat.XML, "]]>&#0;<![CDATA[", "", "\ufffd"}, {wechat.XML, "x\xe4", "", "x\ufffd"}, {wechat.XML, "]]>A&B<![CDATA[", "A&B", "A&B"},
	} {
		for _, m := range wechat.Modes() {
			s := newServer(t, m)
			body := bytes.ReplaceAll(wechat.EncodeCancel(tt.format, sampleCancel), []byte(sampleCancel.OrderID), []byte(tt.id))
			_, packet := s.push(t, tt.format, m, body)
			r, err := wechat.DecodeCancelReply(tt.format, packet)
			requests, _ := s.store.calls()
			if err != nil || r.OrderID != tt.echo || len(requests) != 1 {
				t.Fatalf("%v %q: %v, %d requests: %s", tt.format, tt.id, err, len(requests), packet)
			}
			if got := requests[0].(waybill.CancelRequest); got.Malformed != (tt.read == "") || !got.Malformed && got.OrderID != tt.read {
				t.Errorf("%v %q: malformed %v, %q", tt.format, tt.id, got.Malformed, got.OrderID)
			}
		}
	}
}

// TestForeignEvents: what is signed and not for us is answered success, however it
// is written.
func TestForeignEvents(t *testing.T) {
	t.Parallel()
	finished := string(sample(t, "publish-finished-with-two-fail_idx.xml"))
	const json = `{"ToUserName":"gh_abcdefg","FromUserName":"oABCD","CreateTime":1533042556,"MsgType":"event","Event":"PUBLISHJOBFINISH","a":1,"a":{"b":1,"b":[]}`
	for what, body := range map[string]string{
		"fail_idx twice":           finished,
		"a member twice":           json + "}",
		"each twice":               strings.Replace(json, "{", json+",", 1) + "}",
		"the root's twice":         strings.Replace(finished, "</xml>", strings.TrimPrefix(finished, "<xml>"), 1),
		"CreateTime twice":         strings.Replace(json, "{", `{"CreateTime":2,`, 1) + "}",
		"CreateTime an object":     strings.Replace(json, "1533042556", `{}`, 1) + "}",
		"FromUserName a list":      strings.Replace(json, `"oABCD"`, `[]`, 1) + "}",
		"no CreateTime":            strings.Replace(json, `"CreateTime":1533042556,`, "", 1) + "}",
		"milliseconds":             strings.Replace(json, "1533042556", "1533042556000", 1) + "}",
		"text beside elements":     strings.Replace(finished, "<publish_id>", "x<publish_id>", 1),
		"a comment":                strings.Replace(finished, "<publish_id>", "<!-- --><publish_id>", 1),
		"too deep":                 json + `,"c":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "}",
		"too many":                 json + `,"c":[0` + strings.Repeat(",0", 5000) + "]}",
		"cut off":                  json,
		"junk behind":              json + "}x",
		"a byte order mark":        "\ufeff" + json + "}",
		"characters that are none": strings.Replace(finished, "<publish_id>1", "<publish_id>\x01\xff&#0;&nbsp;", 1),
	} {
		f := wechat.JSON
		if strings.Contains(body, "<xml>") {
			f = wechat.XML
		}
		for _, m := range signedModes {
			s := newServer(t, m)
			if w, _ := s.push(t, f, m, []byte(body)); w.Code != http.StatusOK || w.Body.String() != "success" {
				t.Errorf("%s, %v: status %d, %q", what, m, w.Code, w.Body)
			}
			if got := onlyRecorded(t, s.store); got.reason != "ignored" || got.code != nil {
				t.Errorf("%s, %v: recorded %+v", what, m, got)
			}
		}
	}
}

// TestHeaderTwice: a member of the header that is given twice and says the same is no fault: the
// reply is the same, addressed as it is otherwise, whether the event is offered or not.
func TestHeaderTwice(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		packets := map[string][]byte{}
		for _, event := range []string{"remind_waybill", "transport_set_rider_score"} {
			packets[event] = message(f, "event", event)
		}
		for _, q := range eventCases() {
			packets[q.event] = q.packet(f)
		}
		for _, m := range signedModes {
			s := newServer(t, m)
			for event, whole := range packets {
				for _, once := range [][]byte{whole, whole[:len(whole)-1]} { // the other is unreadable
					_, want := s.push(t, f, m, once)
					for name, text := range map[string]string{
						"ToUserName": userName, "FromUserName": "oABCD", "CreateTime": "1533042556", "MsgType": "event", "Event": event,
					} {
						again := fmt.Sprintf("<xml><%s>%s</%[1]s>", name, text)
						if f == wechat.JSON {
							again = fmt.Sprintf("{%q:%q,", name, text)
						}
						_, got := s.push(t, f, m, append([]byte(again), once[strings.IndexAny(string(once), ">{")+1:]...))
						if !bytes.Equal(got, want) || !bytes.Contains(got, []byte("oABCD")) {
							t.Errorf("%v, %s twice:\n got %s\nwant %s", m, name, got, want)
						}
					}
				}
			}
		}
	}
}

// TestUnreadable: an event that is offered is refused in its own shape if anything that
// decides it is there twice, or if it breaks off; and no store decides it.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, q := range eventCases() {
		for _, f := range formats {
			whole := string(q.packet(f))
			again := func(name string) string {
				if f == wechat.JSON {
					return strings.TrimSuffix(whole, "}") + fmt.Sprintf(`,%q:"x"}`, name)
				}
				return strings.TrimSuffix(whole, "</xml>") + fmt.Sprintf("<%s>x</%[1]s></xml>", name)
			}
			id, owner := "BizID", "biz_id"
			if strings.HasPrefix(q.event, "transport_") {
				id, owner = "shopid", "shop_id"
			}
			for body, fault := range map[string]string{
				again(id):                             id + " is given twice",
				again("FromUserName"):                 "FromUserName is given twice",
				whole[:len(whole)-1]:                  "",
				whole + "<":                           "something follows",
				strings.Replace(whole, id, "a b ", 1): "",
			} {
				for _, m := range signedModes {
					if f == wechat.JSON && strings.Contains(body, "a b ") {
						continue // it is a name there
					}
					s := newServer(t, m)
					_, packet := s.push(t, f, m, []byte(body))
					if code, text, err := q.decode(f, packet); err != nil || code != -1 || text != "其他错误(推送内容不正确)" {
						t.Errorf("%s %v: %v: %s", q.event, f, err, packet)
					}
					if requests, _ := s.store.calls(); len(requests) != 0 {
						t.Errorf("%s %v: %d requests", q.event, f, len(requests))
					}
					s.unreadable(t, q.event, fault)
					if _, line := s.line(t, "push"); fault == "something follows" && (line[owner] == nil || line[owner] == "") {
						t.Errorf("%s %v: the line does not say whose push it was: %v", q.event, f, line)
					}
				}
			}
		}
	}
}
