package conformance

import (
	"testing"

	"carrierhook/internal/wechat"
)

// FuzzRead: whatever a server sends is read or called unreadable.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "success", "<xml><A><![CDATA[b]]></A><C>1</C></xml>", `{"A":"b","C":1,"D":{"e":[null]}}`, "<xml>", "{", "<a/>", "<xml><A> <![CDATA[x]]> </A></xml>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := read(doc)
		if err == nil && p.format != wechat.XML && p.format != wechat.JSON {
			t.Error("read, but of no format")
		}
		p.code()
	})
}

// TestLayout: white space around a CDATA section is layout; a text without one is bare.
func TestLayout(t *testing.T) {
	t.Parallel()
	p, err := read([]byte("<xml>\n <A> <![CDATA[ x ]]>\n</A><B> 1 </B></xml>"))
	if err != nil || p.members["A"] != (member{text: "x"}) || p.members["B"] != (member{text: " 1 ", bare: true}) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestOneCode: of two result codes that differ in letter case the exact one counts, and
// without it always the same one.
func TestOneCode(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]int{
		`{"resultcode":1,"ResultCode":2,"RESULTCODE":3}`: 2, `{"resultcode":1,"RESULTCODE":3,"Resultcode":4}`: 3,
	} {
		for range 20 {
			p, err := read([]byte(doc))
			must(t, err)
			if got, ok := p.code(); got != want || !ok {
				t.Errorf("%s: %d, %t", doc, got, ok)
			}
		}
	}
}
