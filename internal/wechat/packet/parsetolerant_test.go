package packet

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// tolerantTexts say what the member a holds where Parse refuses the document.
var tolerantTexts = []struct{ name, doc, want string }{
	{"json: raw line end", "{\"a\":\"1234567\n\"}", "1234567\n"},
	{"json: raw line end beside an escape", "{\"a\":\"\\t\n\"}", "\t\n"},
	{"json: raw control characters", "{\"a\":\"\x00\x01\x1b\x1f\"}", "\x00\x01\x1b\x1f"},
	{"json: half a character", "{\"a\":\"甲\xe4\xb9\"}", "甲\ufffd"},
	{"json: half a character before an escape", "{\"a\":\"\xe4\\\"\"}", "\ufffd\""},
	{"json: half a surrogate pair in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "\ufffd"},
	{"json: half a pair beside a control character", "{\"a\":\"\\ud83d\n\"}", "\ufffd\n"},
	{"json: bytes of another encoding", "{\"a\":\"\xb9\xe3\xb6\xab\"}", "\ufffd㶫"},
	{"json: unknown escapes", `{"a":"C:\dir\x41\'"}`, `C:\dir\x41\'`},
	{"json: short escape", `{"a":"\u12"}`, `\u12`},
	{"json: a byte order mark", "\ufeff{\"a\":\"1\"}", "1"},
	{"xml: raw control characters", "<xml><a>\x01<![CDATA[\x0b\x1b]]>\x7f</a></xml>", "\x01\x0b\x1b\x7f"},
	{"xml: a raw NUL", "<xml><a><![CDATA[a\x00b]]></a></xml>", "a\x00b"},
	{"xml: control characters by reference", "<xml><a>a&#0;&#x1;&#31;</a></xml>", "a\x00\x01\x1f"},
	{"xml: line ends beside a control character", "<xml><a><![CDATA[\x01\r\n\r]]></a></xml>", "\x01\n\n"},
	{"xml: characters that are none", "<xml><a>\ufffe&#xFFFF;</a></xml>", "\ufffe\uffff"},
	{"xml: references beyond Unicode", "<xml><a>&#x110000;&#99999999999999999999;</a></xml>", "\ufffd\ufffd"},
	{"xml: half a character", "<xml><a><![CDATA[甲\xe4\xb9]]></a></xml>", "甲\ufffd"},
	{"xml: half a character without a section", "<xml><a>甲\xe4</a></xml>", "甲\ufffd"},
	{"xml: ampersands", "<xml><a>A&B &nbsp;&lt&#;&#x;&#1x;&lt;</a></xml>", "A&B &nbsp;&lt&#;&#x;&#1x;<"},
	{"xml: a section that was not split", "<xml><a><![CDATA[1]]>2]]></a></xml>", "12\ufffd"},
	{"xml: a byte order mark", "\ufeff<xml><a>1</a></xml>", "1"},
}

// TestTolerantTexts: a text costs nobody the document that it is in. What it says is as it
// came, as far as it is characters.
func TestTolerantTexts(t *testing.T) {
	t.Parallel()
	for _, tt := range tolerantTexts {
		if _, _, err := Parse([]byte(tt.doc)); err == nil {
			t.Errorf("%s: Parse takes it", tt.name)
		}
		v, _, err := ParseTolerant([]byte(tt.doc))
		must(t, err)
		if got, err := v.Bytes("a"); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

// TestRepeatedMembers: a member that is given twice is there, and is nothing that anybody
// can read; all else of the document is.
func TestRepeatedMembers(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`{"a":1,"b":"2","a":1}`, `{"a":null,"a":2,"b":2}`, `{"a":1,"\u0061":2,"b":2}`, `{"a":{},"a":[{}],"a":2,"b":2}`,
		`{"a":1` + numbered(`,"%d":1`, 0, 40) + `,"b":2` + numbered(`,"%d":1`, 40, 80) + `,"a":1,"a":2}`,
		"<xml><a>1</a><a>2</a><b>2</b></xml>", "<xml><a/><a>1</a><b>2</b></xml>", "<xml><a>1</a><b>2</b><a><c/></a></xml>",
		"<xml><a><c/></a><a><c/></a><a>1</a><a><c/></a><b>2</b></xml>", "<xml><a><![CDATA[]]></a><a/><b>2</b></xml>",
		"<xml><a/>" + numbered("<a%d/>", 0, 40) + "<b>2</b><a>1</a><a><c/></a></xml>",
	} {
		v, _, err := ParseTolerant([]byte(doc))
		must(t, err)
		if text, err := v.Bytes("a"); err == nil || err.Error() != "a is given twice" {
			t.Errorf("%.80s: a is %q, %v", doc, text, err)
		}
		if text, err := v.Bytes("b"); err != nil || string(text) != "2" {
			t.Errorf("%.80s: b is %q, %v", doc, text, err)
		}
		for _, mark := range []bool{false, true} {
			r := Tolerant{Node: &v, Mark: mark}
			if text := r.Text("a"); text != unreadable {
				t.Errorf("%.80s: the text %q", doc, text)
			}
			if text := r.Part("a").Text("c"); text != unreadable {
				t.Errorf("%.80s: the part has the text %q", doc, text)
			}
			items := r.Items("a")
			if len(items) != 1 || (Tolerant{Mark: true}).Of(&items[0]).Text("c") != unreadable {
				t.Errorf("%.80s: the items %v", doc, items)
			}
		}
	}
}

// TestAgree: a member that is given twice is a text if both are, and say the same.
func TestAgree(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]bool{
		`{"a":"1","b":2,"a":1}`: true, `{"a":"","a":null}`: true, "<xml><a>1</a><b/><a><![CDATA[1]]></a><a> \n<![CDATA[1]]></a></xml>": true,
		`{"a":"1","a":"2"}`: false, `{"a":"1","a":"1 "}`: false, `{"a":"1","a":"1","a":"2"}`: false, `{"a":"","a":{}}`: false, `{"a":[],"a":[]}`: false, `{"a":{},"a":""}`: false,
		"<xml><a/><a/></xml>": false, "<xml><a>1</a><a><b/></a></xml>": false, `{"a":"1"}`: false, `{"b":"1","b":"1"}`: false,
	} {
		v, _, err := ParseTolerant([]byte(doc))
		must(t, err)
		before, _ := v.Bytes("a")
		agreed := v.Agree("a")
		text, err := v.Bytes("a")
		if agreed != want || agreed && (before != nil || err != nil || string(text) != string(v.Children[0].Text)) || v.Agree("a") {
			t.Errorf("%s: %v, %q, %v", doc, agreed, text, err)
		}
	}
}

// TestReadUpToAFault: with a fault come the members of the root that were read before it,
// each of them whole.
func TestReadUpToAFault(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"a":1,"b":"2`:                        "a",
		`{"a":1,"b":{"c":1}`:                   "a b",
		`{"a":1,"b":{"c":1,"d":[1,}`:           "a",
		`{"a":1,"b":2}x`:                       "a b",
		`{"a":1,"b":2,}`:                       "a b",
		`{"a":1 "b":2}`:                        "a",
		`{"a":1,"b":` + strings.Repeat("[", 9): "a",
		`{"a":1,"b"`:                           "a",
		`{"a":1,"b":[0` + strings.Repeat(",0", maxNodes) + "]}": "a",
		`{"a":tru`:                            "",
		"{":                                   "",
		"[1]":                                 "",
		"":                                    "",
		"<xml><a>1</a><b>2":                   "a",
		"<xml><a>1</a><b>2</b>":               "a b",
		"<xml><a>1</a><b><c>1</c><d>":         "a",
		"<xml><a>1</a><b>2</b></xml>x":        "a b",
		"<xml><a>1</a><!-- --><b>2</b></xml>": "a",
		"<xml><a>1</a><b><c/>x</b></xml>":     "a",
		"<xml><a>1</a><p:b>2</p:b></xml>":     "a",
		"<xml><a>1</a>x<b>2</b></xml>":        "a b",
		"<xml><a>1</a><b>" + strings.Repeat("<c>", 9):                          "a",
		"<xml><a>1</a><b>" + strings.Repeat("<c/>", maxNodes+1) + "</b></xml>": "a",
		"<xml><a>1</a><b><c/></b><b><c/>":                                      "a b",
		"<!DOCTYPE x><xml><a>1</a></xml>":                                      "",
		"<html><a>1</a></html>":                                                "",
		"<xml>x</xml>":                                                         "",
	} {
		v, _, err := ParseTolerant([]byte(doc))
		if err == nil {
			t.Errorf("%.80s: no fault", doc)
		}
		var names []string
		for _, m := range v.Children {
			names = append(names, string(m.Name))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%.80s: got %q, want %q", doc, got, want)
		}
		if v, format, err := Parse([]byte(doc)); err == nil || format != 0 || v.Children != nil {
			t.Errorf("%.80s: Parse gives %v, %v, %v", doc, v, format, err)
		}
	}
}

// TestManyReferences: what only looks like references is not looked through again and again.
func TestManyReferences(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"&", "&#", "&#0", "&#x", "&#x0", "&am", `\`, `\u0`} {
		text := strings.Repeat(piece, 1<<20/len(piece))
		for _, doc := range []string{"<xml><a>" + text + "</a></xml>", `{"a":"` + text + ` "}`} {
			v, _, err := ParseTolerant([]byte(doc))
			must(t, err)
			if got, err := v.Bytes("a"); err != nil || len(got) < len(text)/2 {
				t.Errorf("%s: %d bytes, %v", piece, len(got), err)
			}
		}
	}
}

// FuzzParseTolerant: what Parse takes, ParseTolerant takes and reads alike. Of anything
// else it reads texts that can be written into a document which Parse takes.
func FuzzParseTolerant(f *testing.F) {
	for _, format := range []Format{XML, JSON} {
		addSamples(f, format)
	}
	for _, d := range refusedDocuments {
		f.Add([]byte(d.doc))
	}
	for _, d := range tolerantTexts {
		f.Add([]byte(d.doc))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		got, format, fault := ParseTolerant(in)
		if !bytes.Equal(in, before) {
			t.Fatalf("%q was changed to %q", before, in)
		}
		if want, wantFormat, err := Parse(in); err == nil && (fault != nil || format != wantFormat || !reflect.DeepEqual(got, want)) {
			t.Fatalf("%q: Parse reads %+v, ParseTolerant %+v, %v", in, want, got, fault)
		}
		for _, as := range []Format{XML, JSON} {
			w := NewWriter(as, 0)
			writeTexts(&w, &got, 0)
			if _, _, err := Parse(w.Bytes()); err != nil {
				t.Fatalf("%q: cannot be written: %v", in, err)
			}
		}
	})
}

// writeTexts writes each text below v under a name of its own.
func writeTexts(w *Writer, v *Node, n int) int {
	for i := range v.Children {
		if n = writeTexts(w, &v.Children[i], n) + 1; n < maxNodes {
			w.Str(fmt.Sprint("m", n), string(v.Children[i].Text))
		}
	}
	return n
}
