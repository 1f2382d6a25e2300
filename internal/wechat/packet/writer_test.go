package packet

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"carrierhook/internal/wechat/hostile"

	"pgregory.net/rapid"
)

// TestWriter writes a member of each kind.
func TestWriter(t *testing.T) {
	t.Parallel()
	for f, want := range map[Format]string{
		XML: `<xml><s><![CDATA[a"<]]></s><b>a"&lt;</b><n>-5</n><r>1.50</r><f>1e9</f><g><![CDATA[1e]]></g><p><![CDATA[abc]]></p><d><![CDATA[AQID]]></d>` +
			`<o><x><![CDATA[]]></x></o><l><i>0</i></l><l><i>1</i></l><e></e><z><![CDATA[z]]></z></xml>`,
		JSON: `{"s":"a\"<","b":"a\"<","n":-5,"r":1.50,"f":1e9,"g":"1e","p":"abc","d":"AQID","o":{"x":""},"l":[{"i":0},{"i":1}],"e":{},"z":"z"}`,
	} {
		w := NewWriter(f, 0)
		w.Str("s", `a"<`)
		w.BareStr("b", `a"<`)
		w.Num("n", -5)
		w.Bare("r", []byte("1.50"))
		w.Figure("f", "1e9")
		w.Figure("g", "1e")
		w.Plain("p", []byte("abc"))
		if got := w.Base64("d", []byte{1, 2, 3}); string(got) != "AQID" {
			t.Errorf("Base64 wrote %q", got)
		}
		w.StrOmitEmpty("omitted", "")
		w.NumOmitZero("omitted", 0)
		w.FigureOmitEmpty("omitted", "")
		w.Object("o")
		w.Str("x", "")
		w.EndObject("o")
		w.List("l", 2, func(i int) { w.Num("i", int64(i)) })
		w.Object("e")
		w.EndObject("e")

		for _, layout := range []string{"", " \n"} {
			doc := append([]byte(layout), w.Bytes()...)
			if f == XML {
				doc = append(doc[:len(doc)-len("</xml>")], layout+"</xml>"+layout...)
			} else {
				doc = append(doc[:len(doc)-1], layout+"}"+layout...)
			}
			again := Reopen(f, doc, 0)
			again.Str("z", "z")
			if got := string(again.Bytes()); got != layout+want {
				t.Errorf("%v\n got %s\nwant %s", f, got, layout+want)
			}
		}
	}
	empty := NewWriter(JSON, 0)
	again := Reopen(JSON, empty.Bytes(), 0)
	again.Num("a", 1)
	if got := string(again.Bytes()); got != `{"a":1}` {
		t.Errorf("an empty object continues as %s", got)
	}
}

// TestWriterReadsBack: any text comes back the same, by our readers and by the
// standard ones.
func TestWriterReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		text := hostile.Text()
		if f == XML {
			text = text.Filter(hostile.InXML)
		}
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		w := NewWriter(f, 0)
		w.Str("a", a)
		w.BareStr("b", b)
		packet := w.Bytes()
		doc, format, err := Parse(packet)
		if err != nil || format != f || string(doc.Member("a").Text) != a || string(doc.Member("b").Text) != b {
			t.Fatalf("%s: we read %+v as %v, %v", packet, doc, format, err)
		}
		var standard struct {
			A string `json:"a" xml:"a"`
			B string `json:"b" xml:"b"`
		}
		unmarshal := json.Unmarshal
		if f == XML {
			unmarshal = xml.Unmarshal
		}
		if err := unmarshal(packet, &standard); err != nil || standard.A != a || standard.B != b {
			t.Fatalf("%s: the standard reads %+v, %v", packet, standard, err)
		}
	})
}

// TestUnwritableText: bytes that are no text, and characters that XML lacks, are
// replaced, and never spoil the document.
func TestUnwritableText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		raw := strings.Join(rapid.SliceOf(rapid.OneOf(
			rapid.Map(rapid.Byte(), func(b byte) string { return string([]byte{b}) }),
			rapid.SampledFrom([]string{"\ufffe", "\uffff", "\x00", "\x1f", "\xed\xa0\x80", "]]", "]]>", "&lt;", "\r\n"}),
		)).Draw(t, "pieces"), "")
		w := NewWriter(f, 0)
		w.Str("a", raw)
		w.BareStr("b", raw)
		w.Num("c", 1)
		doc, _, err := Parse(w.Bytes())
		if err != nil || len(doc.Children) != 3 {
			t.Fatalf("%q spoils the document: %v", raw, err)
		}
		want := string([]rune(raw)) // invalid bytes become U+FFFD
		if f == XML {
			want = strings.Map(func(r rune) rune {
				if !hostile.InXML(string(r)) {
					return utf8.RuneError
				}
				return r
			}, want)
		}
		for _, m := range doc.Children[:2] {
			if string(m.Text) != want {
				t.Fatalf("%s: got %q, want %q", m.Name, m.Text, want)
			}
		}
	})
}
