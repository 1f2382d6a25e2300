package handler_test

import (
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// TestDocuments: a document of which nobody can tell the event is a 400, before the
// signature and after it.
func TestDocuments(t *testing.T) {
	t.Parallel()
	xml := string(wechat.EncodeCancel(wechat.XML, sampleCancel))
	json := string(wechat.EncodeCancel(wechat.JSON, sampleCancel))
	for name, body := range map[string]string{
		"not a packet":           "hello",
		"cut XML":                xml[:strings.Index(xml, "</Event>")],
		"cut JSON":               json[:strings.Index(json, `cancel_waybill"`)],
		"cut before the type":    xml[:strings.Index(xml, "<MsgType>")],
		"DOCTYPE":                "<!DOCTYPE xml>" + xml,
		"entity":                 `<!DOCTYPE x [<!ENTITY e "1">]>` + strings.Replace(xml, "</xml>", "<A>&e;</A></xml>", 1),
		"a comment first":        "<!-- -->" + xml,
		"deep before all else":   strings.Replace(json, "{", `{"A":`+strings.Repeat("[", 50)+strings.Repeat("]", 50)+",", 1),
		"another root":           strings.ReplaceAll(xml, "xml>", "html>"),
		"a JSON list":            "[" + json + "]",
		"ToUserName an object":   strings.Replace(json, `"gh_abcdefg"`, `{"a":1}`, 1),
		"Event a list":           strings.Replace(json, `"cancel_waybill"`, `["cancel_waybill"]`, 1),
		"two events in XML":      strings.Replace(xml, "</xml>", "<Event>add_waybill</Event></xml>", 1),
		"two events in JSON":     strings.Replace(json, "{", `{"Event":"another",`, 1),
		"two types":              strings.Replace(json, "{", `{"MsgType":"text",`, 1),
		"two receivers":          strings.Replace(json, "{", `{"ToUserName":"gh_another",`, 1),
		"white space, not a doc": " \n\t",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, wechat.Plain)
			s.refused(t, s.post(signed(""), []byte(body)), http.StatusBadRequest, "outer_document")
			q, envelope := sealed(wechat.JSON, encryptFor(t, appID, []byte(body)))
			s = newServer(t, wechat.Secure)
			s.refused(t, s.post(q, envelope), http.StatusBadRequest, "inner_document")
		})
	}
}

// TestUnknownMembersAreIgnored: WeChat adds members as it likes, and lists of
// objects repeat their name.
func TestUnknownMembersAreIgnored(t *testing.T) {
	t.Parallel()
	more := strings.Replace(string(wechat.EncodeCancel(wechat.XML, sampleCancel)), "</xml>",
		"<New>1</New><Item><A>1</A></Item><Item><A>2</A></Item></xml>", 1)
	if w := newServer(t, wechat.Plain).post(signed(""), []byte(more)); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}
