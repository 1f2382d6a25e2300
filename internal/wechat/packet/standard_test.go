package packet

import (
	"encoding/json"
	"encoding/xml"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// agree fails the test unless our reader and the standard package take or
// refuse doc alike, and read the same in it.
func agree(t interface{ Fatalf(string, ...any) }, f Format, doc string) {
	ours, standard := readXML, readStandardXML
	if f == JSON {
		ours, standard = readJSON, readStandardJSON
	}
	got, err := ours([]byte(doc), nodes{})
	want, wantErr := standard([]byte(doc))
	switch {
	case (err == nil) != (wantErr == nil):
		t.Fatalf("%v %q: we say %v, the standard says %v", f, doc, err, wantErr)
	case err == nil && !reflect.DeepEqual(tidy(got), tidy(*want)):
		t.Fatalf("%v %q:\n     we read %+v\nthe standard %+v", f, doc, got, *want)
	}
}

// tidy makes nothing and none the same.
func tidy(v Node) Node {
	v.Name, v.Text = append([]byte{}, v.Name...), append([]byte{}, v.Text...)
	var children []Node
	for _, c := range v.Children {
		children = append(children, tidy(c))
	}
	v.Children = children
	return v
}

// FuzzXMLAgainstStandard compares our reader with encoding/xml.
func FuzzXMLAgainstStandard(f *testing.F) { fuzzAgainstStandard(f, XML) }

// FuzzJSONAgainstStandard compares our reader with encoding/json.
func FuzzJSONAgainstStandard(f *testing.F) { fuzzAgainstStandard(f, JSON) }

func fuzzAgainstStandard(f *testing.F, format Format) {
	addSamples(f, format)
	for _, d := range refusedDocuments {
		f.Add([]byte(d.doc))
	}
	for _, d := range documentTexts {
		f.Add([]byte(d.doc))
	}
	for _, s := range []string{
		"<xml><CreateTime>1</CreateTime><BizID>\n<![CDATA[ a]]]]><![CDATA[>\r\n]]>&#13;</BizID><A><B>1</B></A><A><B>2</B></A></xml>",
		"<?xml version='1.0'?><xml><CreateTime> 5 </CreateTime><Event/><OrderID>&amp;&#x2028;</OrderID></xml>\n",
		`{"CreateTime":"1","BizID":12345678901234567890,"OrderID":null,"A":[{"B":[]},{}],"WayBillID":"\u2028\"\\<\ud800"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if doc, got, err := Parse(in); err == nil {
			takenByStandard(t, got, doc, in)
		}
		if utf8.Valid(in) { // the standard decoders replace what is not
			agree(t, format, string(in))
		}
	})
}

// takenByStandard: what we take, the standard decoders take as a whole as well.
func takenByStandard(t *testing.T, f Format, doc Node, in []byte) {
	if f == JSON {
		if !json.Valid(in) {
			t.Fatalf("encoding/json says that this is not JSON: %+v", doc)
		}
		return
	}
	var root struct{ XMLName xml.Name }
	if err := xml.Unmarshal(in, &root); err != nil || root.XMLName.Local != "xml" {
		t.Fatalf("encoding/xml: root %v, %v", root.XMLName, err)
	}
}

// xmlParts and jsonParts are what documents are made of, and what nearly is.
// Random bytes seldom find a second CDATA section; a random row of these does.
var (
	xmlParts = []string{
		"<a>", "</a>", "<a>", "</a>", "<b>", "</b>", "<a/>", "<b />", "<a", "<", ">", "/>", "</", "</a >", "</ a>", "< a>",
		"<![CDATA[", "]]>", "<![CDATA[x]]>", "<![CDATA[]]>", "<![CDATA[]]]]>", "<![cdata[", "]]", "]", "<![", "<!", "<!a>", "<!--", "-->", "<!-- -->",
		"<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='utf-8' ?>", "<?xml?>", "<?x?>", "<?", "?>",
		"<xml>", "</xml>", "<xml", " x='1'", " x=\"'\"", " x = '&lt;'", " x='<'", " x='>'", " x", "=", "'", `"`, "x='1'y='2'", " x:y='1'", " a:b:c='1'", " :='1'",
		" xmlns=''", " xmlns='u'", " xmlns:p='u'", " xmlns:p=''", "<p:a>", "</p:a>", "<:a>", "<a:>", "<xmlns xmlns='u'>", "</xmlns>", "<1>", "<-a>", "<a-.1_>", "</a-.1_>", "<中>", "</中>",
		"&lt;", "&gt;", "&amp;", "&apos;", "&quot;", "&#13;", "&#10;", "&#x20;", "&#9;", "&#32;", "&#0;", "&#1;", "&#xD800;", "&#xFFFE;", "&#xfffd;", "&#x10FFFF;", "&#x110000;", "&#X41;", "&#00065;",
		"&#99999999999999999999;", "&#;", "&#x;", "&;", "&", ";", "&lt", "&nbsp;", "&LT;", "&#-1;", "&#+1;", "&#1_0;",
		" ", "\n", "\r\n", "\r", "\t", "\v", "\u0085", "\u00a0", "x", "1", "中", "😀", "\ufffd", "\ufffe", "\uffff", "\ufeff", "\x00", "\x1f", "\x7f",
	}
	jsonParts = []string{
		"{", "}", "{", "}", "[", "]", ",", ":", ",", ":", `"a"`, `"b"`, `"a":`, `"b":`, `"":`, `{"a":1}`, `"a":{`, `"a":[`, `"\u0061":`,
		`"`, `\`, `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`, `\'`, `\u`, `\u0041`, `\u00E9`, `\ud83d`, `\ude00`, `\ud83d\ude00`, `\ud83dA`, `\uD83D\u0041`, `\u12`, `\u000g`, `\u+123`, `\u1_23`, `\U0041`, `\x41`, `\0`,
		"0", "1", "-", "-0", "01", "1.5", "1.", ".5", "1e5", "1E+5", "1e-5", "1e", "+1", "0x1", "1_0", "12345678901234567890", "Infinity", "NaN",
		"true", "false", "null", "tru", "True", "nul", "nulll", "/**/", "'", "x",
		" ", "\n", "\r", "\t", "\v", "\u00a0", "\u2028", "\ufeff", "\ufffd", "\x00", "\x1f", "\x7f", "中", "😀",
	}
)

// TestReadersAgreeWithStandard gives both rows of such parts, most of
// them inside of a document that is one but for them.
func TestReadersAgreeWithStandard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format Format
		parts  []string
		frames [][2]string
	}{
		{XML, xmlParts, [][2]string{{"<xml>", "</xml>"}, {"<xml><a>", "</a></xml>"}, {"<xml><a><b>1</b></a>", "</xml>"}, {"<xml", "></xml>"}, {"<xml><a x='", "'>1</a></xml>"}, {"", ""}}},
		{JSON, jsonParts, [][2]string{{"{", "}"}, {`{"a":`, "}"}, {`{"a":"`, `"}`}, {`{"c":1,"a":[`, "]}"}, {`{"`, `":1}`}, {"", ""}}},
	} {
		row := rapid.SliceOfN(rapid.SampledFrom(c.parts), 0, 6)
		rapid.Check(t, func(t *rapid.T) {
			for range 50 {
				frame := rapid.SampledFrom(c.frames).Draw(t, "frame")
				agree(t, c.format, frame[0]+strings.Join(row.Draw(t, "parts"), "")+frame[1])
			}
		})
	}
}
