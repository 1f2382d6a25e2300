package handler_test

import (
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// TestDocuments: what does not parse as exactly one packet is a 400.
func TestDocuments(t *testing.T) {
	t.Parallel()
	xml := string(wechat.EncodeCancel(wechat.XML, sampleCancel))
	json := string(wechat.EncodeCancel(wechat.JSON, sampleCancel))
	for name, body := range map[string]string{
		"not a packet":           "hello",
		"byte order mark":        "\ufeff" + json,
		"cut XML":                xml[:len(xml)-3],
		"cut JSON":               json[:len(json)-1],
		"junk after XML":         xml + "<xml/>",
		"junk after JSON":        json + "{}",
		"DOCTYPE":                "<!DOCTYPE xml>" + xml,
		"entity":                 `<!DOCTYPE x [<!ENTITY e "1">]>` + strings.Replace(xml, "</xml>", "<A>&e;</A></xml>", 1),
		"scalar twice in XML":    strings.Replace(xml, "</xml>", "<BizID>xyz</BizID></xml>", 1),
		"scalar twice in JSON":   strings.Replace(json, "{", `{"BizID":"xyz",`, 1),
		"invalid UTF-8 in XML":   strings.Replace(xml, "xyz", "x\xffz", 1),
		"invalid UTF-8 in JSON":  strings.Replace(json, "xyz", "x\xffz", 1),
		"deep XML":               strings.Replace(xml, "</xml>", strings.Repeat("<A>", 50)+strings.Repeat("</A>", 50)+"</xml>", 1),
		"deep JSON":              strings.Replace(json, "{", `{"A":`+strings.Repeat("[", 50)+strings.Repeat("]", 50)+",", 1),
		"another root":           strings.ReplaceAll(xml, "xml>", "html>"),
		"a JSON list":            "[" + json + "]",
		"a member is an object":  strings.Replace(json, `"gh_abcdefg"`, `{"a":1}`, 1),
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
