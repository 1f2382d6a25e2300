package packet

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// refusedDocuments are what the standard decoders would let pass, and what WeChat
// has no use for.
var refusedDocuments = []struct{ name, doc string }{
	{"xml: junk after the root", "<xml><a>1</a></xml>x"},
	{"xml: a second root", "<xml><a>1</a></xml><xml></xml>"},
	{"xml: an unclosed tag after the root", "<xml></xml><a>"},
	{"xml: a comment after the root", "<xml></xml><!-- -->"},
	{"xml: text before the root", "<?xml version='1.0'?>x<xml></xml>"},
	{"xml: DOCTYPE", "<!DOCTYPE xml><xml></xml>"},
	{"xml: DOCTYPE with an entity", `<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>`},
	{"xml: DOCTYPE inside", "<xml><!DOCTYPE a></xml>"},
	{"xml: unknown entity", "<xml><a>&e;</a></xml>"},
	{"xml: a comment", "<xml><a>1<!-- -->2</a></xml>"},
	{"xml: a comment first", "<!-- --><xml></xml>"},
	{"xml: another instruction", "<?xml-stylesheet href='x'?><xml></xml>"},
	{"xml: two declarations", "<?xml version='1.0'?><?xml version='1.0'?><xml></xml>"},
	{"xml: an instruction inside", "<xml><?php x?></xml>"},
	{"xml: another encoding", "<?xml version='1.0' encoding='GBK'?><xml></xml>"},
	{"xml: wrong root", "<XML></XML>"},
	{"xml: root in a name space", "<xml xmlns='urn:x'></xml>"},
	{"xml: member in a name space", "<xml><x:a>1</x:a></xml>"},
	{"xml: text in the root", "<xml>text</xml>"},
	{"xml: CDATA in the root", "<xml><![CDATA[]]></xml>"},
	{"xml: text beside elements", "<xml><a>1</a>x</xml>"},
	{"xml: CDATA beside elements", "<xml><a>1</a><![CDATA[ ]]></xml>"},
	{"xml: text beside elements below", "<xml><a>x<b>1</b></a></xml>"},
	{"xml: a scalar twice", "<xml><a>1</a><a>2</a></xml>"},
	{"xml: an empty text twice", "<xml><a><![CDATA[]]></a><a><![CDATA[]]></a></xml>"},
	{"xml: a scalar, then nothing", "<xml><a>1</a><a/></xml>"},
	{"xml: nothing, then a scalar", "<xml><a/><a>1</a></xml>"},
	{"xml: two of nothing, then a scalar", "<xml><a/><a/><a>1</a></xml>"},
	{"xml: a list, then an empty text", "<xml><a><b>2</b></a><a><b>2</b></a><a><![CDATA[]]></a></xml>"},
	{"xml: a scalar, then a list", "<xml><a>1</a><a><b>2</b></a></xml>"},
	{"xml: a list, then a scalar", "<xml><a><b>2</b></a><a>1</a></xml>"},
	{"xml: a list of two, then a scalar", "<xml><a><b>2</b></a><a><b>2</b></a><a>1</a></xml>"},
	{"xml: a scalar twice below", "<xml><a><b>1</b><b>2</b></a></xml>"},
	{"xml: a scalar twice among many", "<xml>" + numbered("<a%d/>", 0, 40) + "<a>1</a>" + numbered("<a%d/>", 40, 80) + "<a>2</a></xml>"},
	{"xml: too deep", "<xml>" + strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth) + "</xml>"},
	{"xml: endless depth", "<xml>" + strings.Repeat("<a>", 50000)},
	{"xml: tags crossed", "<xml><a><b></a></b></xml>"},
	{"xml: a bare end of CDATA", "<xml><a>]]></a></xml>"},
	{"xml: a control character", "<xml><a>\x01</a></xml>"},
	{"xml: a control reference", "<xml><a>&#1;</a></xml>"},
	{"xml: a character that is none", "<xml><a>\ufffe</a></xml>"},
	{"xml: another that is none", "<xml><a><![CDATA[1234567\uffff]]></a></xml>"},
	{"xml: a reference to one", "<xml><a>&#xFFFF;</a></xml>"},
	{"xml: a reference beyond Unicode", "<xml><a>&#x110000;</a></xml>"},
	{"xml: a reference without an end", "<xml><a>&lt</a></xml>"},
	{"xml: an ampersand", "<xml><a>a & b;</a></xml>"},
	{"xml: a reference before the root", "&#32;<xml></xml>"},
	{"xml: declared as 1.1", "<?xml version='1.1'?><xml></xml>"},
	{"xml: declared as 1.1 in double quotes", `<?xml version="1.1"?><xml></xml>`},
	{"xml: declared without a version", "<?xml encoding='utf-8'?><xml></xml>"},
	{"xml: another encoding in double quotes", `<?xml version="1.0" encoding="GBK"?><xml></xml>`},
	{"xml: another encoding, with spaces", "<?xml version='1.0' encoding = 'GBK'?><xml></xml>"},
	{"xml: declared in capitals", "<?XML version='1.0'?><xml></xml>"},
	{"xml: a prefix bound to nothing", "<xml xmlns:x=''><x:a>1</x:a></xml>"},
	{"xml: a colon first", "<xml><:a>1</:a></xml>"},
	{"xml: a colon last", "<xml><a:>1</a:></xml>"},
	{"xml: two name spaces in one tag", "<xml><a xmlns='u' xmlns=''>1</a></xml>"},
	{"xml: an element called xmlns in a name space", "<xml><xmlns xmlns='u'>1</xmlns></xml>"},
	{"xml: a name beyond ASCII", "<xml><中>1</中></xml>"},
	{"xml: an attribute's name beyond ASCII", "<xml><a 中='1'>1</a></xml>"},
	{"xml: a name that starts with a digit", "<xml><1a>1</1a></xml>"},
	{"xml: an attribute without quotes", "<xml><a x=1>1</a></xml>"},
	{"xml: an attribute without a value", "<xml><a x>1</a></xml>"},
	{"xml: an attribute with an element in it", "<xml><a x='<b/>'>1</a></xml>"},
	{"xml: an attribute with an unknown entity", "<xml><a x='&e;'>1</a></xml>"},
	{"xml: an attribute with two colons", "<xml><a x:y:z='1'>1</a></xml>"},
	{"xml: white space before a name", "<xml>< a>1</a></xml>"},
	{"xml: an end tag with an attribute", "<xml><a>1</a x='1'></xml>"},
	{"xml: an end tag that goes on", "<xml><a>1</ab></xml>"},
	{"xml: a closed tag in two parts", "<xml><a/ ></xml>"},
	{"xml: CDATA in small letters", "<xml><a><![cdata[1]]></a></xml>"},
	{"xml: CDATA without an end", "<xml><a><![CDATA[1]]</a></xml>"},
	{"xml: CDATA first", "<![CDATA[ ]]><xml></xml>"},
	{"xml: ends early", "<xml><a>1</a>"},
	{"xml: not UTF-8", "<xml><a>\xff</a></xml>"},
	{"xml: ends in a character", "<xml><a>\xef"},
	{"xml: ends in a character that is none", "<xml><a>\xef\xbf"},
	{"json: not UTF-8", "{\"a\":\"\xff\"}"},
	{"json: junk after the object", `{"a":1}x`},
	{"json: a second object", `{"a":1}{}`},
	{"json: a stray brace after the object", `{"a":1}}`},
	{"json: a stray comma after the object", `{"a":1},`},
	{"json: a member twice", `{"a":1,"a":2}`},
	{"json: null, then a value", `{"a":null,"a":2}`},
	{"json: a member twice by escape", `{"a":1,"\u0061":2}`},
	{"json: a member twice below", `{"a":{"b":1,"b":2}}`},
	{"json: a member twice in a list", `{"a":[{"b":1,"b":2}]}`},
	{"json: a member twice among many", `{"a":1` + numbered(`,"%d":1`, 0, 40) + `,"b":1` + numbered(`,"%d":1`, 40, 80) + `,"b":1}`},
	{"json: trailing comma", `{"a":1,}`},
	{"json: trailing comma in a list", `{"a":[1,]}`},
	{"json: comment", `{"a":1/**/}`},
	{"json: single quotes", `{'a':1}`},
	{"json: leading zero", `{"a":01}`},
	{"json: NaN", `{"a":NaN}`},
	{"json: name without quotes", `{a:1}`},
	{"json: name is a number", `{1:1}`},
	{"json: closed by a bracket", `{"a":1]`},
	{"json: list closed by a brace", `{"a":[1}`},
	{"json: too deep", strings.Repeat(`{"a":`, MaxDepth) + "1" + strings.Repeat("}", MaxDepth)},
	{"json: lists too deep", `{"a":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + "}"},
	{"json: endless depth", strings.Repeat(`{"a":`, 50000)},
	{"json: ends early", `{"a":1`},
	{"json: raw line end", "{\"a\":\"1234567\n\"}"},
	{"json: raw line end beside an escape", "{\"a\":\"\\t\n\"}"},
	{"json: raw line end in a name", "{\"a\n\":1}"},
	{"json: unknown escape", `{"a":"\x41"}`},
	{"json: escaped single quote", `{"a":"\'"}`},
	{"json: short escape", `{"a":"\u12"}`},
	{"json: signed escape", `{"a":"\u+123"}`},
	{"json: ends in an escape", `{"a":"\`},
	{"json: plus sign", `{"a":+1}`},
	{"json: minus alone", `{"a":-}`},
	{"json: point without digits", `{"a":1.}`},
	{"json: digits without a start", `{"a":.5}`},
	{"json: exponent without digits", `{"a":1e+}`},
	{"json: hexadecimal", `{"a":0x1}`},
	{"json: a literal that goes on", `{"a":nulll}`},
	{"json: a literal cut short", `{"a":tru}`},
	{"json: two colons", `{"a"::1}`},
	{"json: no comma", `{"a":1 "b":2}`},
	{"json: a comma first", `{,"a":1}`},
	{"json: a wide space", "{\"a\":\u00a01}"},
	{"json: raw control character", "{\"a\":\"\x01\"}"},
}

// numbered writes the pattern once for each number.
func numbered(pattern string, from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, pattern, i)
	}
	return b.String()
}

// TestRefusedDocuments turns each of them away.
func TestRefusedDocuments(t *testing.T) {
	t.Parallel()
	for _, tt := range refusedDocuments {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _, err := Parse([]byte(tt.doc))
			if err == nil {
				t.Fatalf("%.80s passed as %+v", tt.doc, v)
			}
		})
	}
}

// documentTexts say what the member a holds, and whether it counts as bare.
var documentTexts = []struct {
	name, doc, want string
	bare            bool
}{
	{"bare", "<xml><a>1</a></xml>", "1", true},
	{"CDATA", "<xml><a><![CDATA[1]]></a></xml>", "1", false},
	{"layout around CDATA", "<xml><a>\n  <![CDATA[1]]>\n</a></xml>", "1", false},
	{"white space in CDATA", "<xml><a><![CDATA[ 1\n]]></a></xml>", " 1\n", false},
	{"white space without CDATA", "<xml><a> 1 </a></xml>", " 1 ", true},
	{"only white space", "<xml><a> \n</a></xml>", " \n", true},
	{"only white space in CDATA", "<xml><a>\n<![CDATA[ ]]>\n</a></xml>", " ", false},
	{"CDATA in parts", "<xml><a><![CDATA[]]]]><![CDATA[>]]></a></xml>", "]]>", false},
	{"reference between CDATA", "<xml><a><![CDATA[1]]>&#13;<![CDATA[\n2]]></a></xml>", "1\r\n2", false},
	{"text beside CDATA", "<xml><a>x<![CDATA[y]]></a></xml>", "xy", false},
	{"entities", "<xml><a>&lt;&amp;&#x4e2d;</a></xml>", "<&中", true},
	{"no entities in CDATA", "<xml><a><![CDATA[&lt;]]></a></xml>", "&lt;", false},
	{"line ends", "<xml><a><![CDATA[1\r\n2\r3]]></a></xml>", "1\n2\n3", false},
	{"empty", "<xml><a></a></xml>", "", true},
	{"self-closed", "<xml><a/></xml>", "", true},
	{"absent", "<xml><b>1</b></xml>", "", true},
	{"other case", "<xml><A>1</A></xml>", "", true},
	{"declaration, white space, attributes", "\n<?xml version='1.0' encoding='UTF-8'?>\n<xml>\n<a x='y'>1</a>\n</xml>\r\n\t ", "1", true},
	{"no elements", "<xml>\n</xml>", "", true},
	{"line ends without CDATA", "<xml><a>1\r\n2\r3</a></xml>", "1\n2\n3", true},
	{"nothing but line ends", "<xml><a>\r\n\r</a></xml>", "\n\n", true},
	{"a declaration of 256 bytes", "<?xml version='1.0'" + strings.Repeat(" ", 235) + "?><xml><a>1</a></xml>", "1", true},
	{"line end beside a reference", "<xml><a>1\r&#10;&#13;\n</a></xml>", "1\n\n\r\n", true},
	{"half a pair by reference", "<xml><a>&#xD83D;&#xDE00;</a></xml>", "\ufffd\ufffd", true},
	{"a long reference", "<xml><a>&#000000000000000000000065;</a></xml>", "A", true},
	{"attributes", "<xml y:z=\"]]>\"><a x='>'x='&lt;' xmlns='' xmlns:p='u'>1</a></xml>", "1", true},
	{"standalone declaration", "<?xml version = \"1.0\" encoding='Utf-8' standalone='yes' ?><xml><a>1</a></xml>", "1", true},
	{"json half a pair", `{"a":"\ud83d\u0041\ude00"}`, "\ufffdA\ufffd", false},
	{"json escaped name", `{"\u0061":"1"}`, "1", false},
	{"json all escapes", `{"a":"\"\\\/\b\f\n\r\t"}`, "\"\\/\b\f\n\r\t", false},
	{"json text", `{"a":" x\n"}`, " x\n", false},
	{"json number", `{"a":-0}`, "-0", true},
	{"json long number", `{"a":12345678901234567890123456789}`, "12345678901234567890123456789", true},
	{"json literal kept", `{"a":1.50e+3}`, "1.50e+3", true},
	{"json bool", `{"a":true}`, "true", true},
	{"json null", `{"a":null}`, "", true},
	{"json absent", ` {"A":1} `, "", true},
	{"json escapes", `{"a":"\u4e2d\ud83d\ude00\/"}`, "中😀/", false},
}

// TestTexts reads that member.
func TestTexts(t *testing.T) {
	t.Parallel()
	for _, tt := range documentTexts {
		t.Run(tt.name, func(t *testing.T) {
			v, _, err := Parse([]byte(tt.doc))
			must(t, err)
			got, err := v.Bytes("a")
			must(t, err)
			if string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if a := v.Member("a"); a != nil && a.Bare != tt.bare {
				t.Errorf("bare %v, want %v", a.Bare, tt.bare)
			}
		})
	}
}

// TestLists: WeChat repeats an element (XML) or sends a list (JSON); one object
// may stand for a list of one.
func TestLists(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]int{
		"<xml><a><b>1</b></a><c>0</c><a><b>2</b></a><a><b>3</b></a></xml>": 3,
		`{"a":[{"b":1},{"b":2},{"b":3}]}`:                                  3,
		`{"a":[]}`:                                                         0,
	} {
		v, _, err := Parse([]byte(doc))
		must(t, err)
		a := v.Member("a")
		if a.Kind != List || len(a.Children) != want {
			t.Fatalf("%s: %d items of kind %d", doc, len(a.Children), a.Kind)
		}
		for i, item := range a.Children {
			if n, err := item.Integer("b"); err != nil || n != int64(i+1) {
				t.Errorf("%s: item %d is %d, %v", doc, i, n, err)
			}
		}
		if a.Member("a") != nil {
			t.Errorf("%s: an item of the list was found as a member", doc)
		}
		if text, err := v.Bytes("a"); err == nil {
			t.Errorf("%s: a list was read as the text %q", doc, text)
		}
	}
}

// TestEmptyItems: an item of a list may be empty, first, last or throughout, and
// however it is written. Nobody takes such a list for a text.
func TestEmptyItems(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"<xml><a/><a/></xml>":                                       "[][]",
		"<xml><a/><a></a><a>\n </a></xml>":                          "[][][]",
		"<xml><a><b>1</b></a><a/></xml>":                            "[b][]",
		"<xml><a/><c/><a><b>1</b></a></xml>":                        "[][b]",
		"<xml><a><b>1</b></a><a><b>1</b></a><a/></xml>":             "[b][b][]",
		"<xml><a/><a><b/></a><a><b/><b/></a><a><c/></a><a/></xml>":  "[][b][b][c][]",
		`{"a":[{},{"b":1}]}`:                                        "[][b]",
		"<xml><a/>" + numbered("<a%d/>", 0, 40) + "<a>\t</a></xml>": "[][]",
	} {
		v, _, err := Parse([]byte(doc))
		must(t, err)
		a := v.Member("a")
		if a.Kind != List {
			t.Fatalf("%s: a is of kind %d", doc, a.Kind)
		}
		got := ""
		for _, item := range a.Children {
			got += "["
			for _, m := range item.Children {
				got += string(m.Name)
			}
			got += "]"
			if item.Kind != Object || len(item.Text) > 0 {
				t.Errorf("%s: an item is of kind %d and holds %q", doc, item.Kind, item.Text)
			}
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", doc, got, want)
		}
		if text, err := v.Bytes("a"); err == nil {
			t.Errorf("%s: a list was read as the text %q", doc, text)
		}
	}
}

// TestDepthAllowed: the cap leaves the deepest documents that it should.
func TestDepthAllowed(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		"<xml>" + strings.Repeat("<a>", MaxDepth-1) + strings.Repeat("</a>", MaxDepth-1) + "</xml>",
		strings.Repeat(`{"a":`, MaxDepth-1) + "1" + strings.Repeat("}", MaxDepth-1),
	} {
		if _, _, err := Parse([]byte(doc)); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// TestManyNodes: a packet has so many members and items, wherever they are, and not
// one more.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]func(n int) string{
		"members in XML":         func(n int) string { return "<xml>" + numbered("<a%d/>", 0, n) + "</xml>" },
		"members in JSON":        func(n int) string { return `{"a":0` + numbered(`,"%d":0`, 1, n) + "}" },
		"items in XML":           func(n int) string { return "<xml>" + strings.Repeat("<a/>", n) + "</xml>" },
		"items in JSON":          func(n int) string { return `{"a":[0` + strings.Repeat(",0", n-2) + "]}" },
		"nested members in XML":  func(n int) string { return "<xml><b>" + numbered("<a%d/>", 1, n) + "</b></xml>" },
		"nested members in JSON": func(n int) string { return `{"b":{"a":0` + numbered(`,"%d":0`, 2, n) + "}}" },
	} {
		if _, _, err := Parse([]byte(doc(maxNodes))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := Parse([]byte(doc(maxNodes + 1))); err == nil || !strings.Contains(err.Error(), errNodes.Error()) {
			t.Errorf("%s, one too many: %v", name, err)
		}
	}
}

// TestNumbers reads a member as a whole number and as a text without white space
// around it.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`5`: 5, `"5"`: 5, `" 5\n"`: 5, `"-007"`: -7, `-0`: 0, `9223372036854775807`: 9223372036854775807,
		`"+5"`: -1, `5.0`: -1, `""`: -1, `null`: -1, `{}`: -1, `9223372036854775808`: -1, `"5 5"`: -1, `"\u00a05"`: -1,
	} {
		doc, _, err := Parse([]byte(`{"a":` + text + `}`))
		must(t, err)
		if got, err := doc.Integer("a"); (err != nil) != (want == -1) || err == nil && got != want {
			t.Errorf("%s reads as %d, %v", text, got, err)
		}
		trimmed, err := doc.Trimmed("a")
		if scalar := text != "{}"; (err == nil) != scalar || strings.Trim(string(trimmed), WhiteSpace) != string(trimmed) {
			t.Errorf("%s without white space is %q, %v", text, trimmed, err)
		}
	}
}

// TestSize counts the nodes below the root.
func TestSize(t *testing.T) {
	t.Parallel()
	doc, _, err := Parse([]byte(`{"a":[1,2,{"b":3}]}`))
	must(t, err)
	if got, one := doc.Size(), int64(unsafe.Sizeof(Node{})); got < 5*one || got > 30*one {
		t.Errorf("5 nodes of %d bytes are %d", one, got)
	}
}
