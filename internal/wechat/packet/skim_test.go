package packet

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"carrierhook/internal/wechat/hostile"
)

var skimmedNames = []string{"Encrypt", "MsgType"}

// TestSkim: Encrypt counts once, at the top, by its exact name.
func TestSkim(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"Encrypt":"abc"}`: "abc",
		`{"a":[1,{"Encrypt":"x"}],"Encrypt":"abc","b":{"c":{}}}`: "abc",
		`{"\u0045ncrypt":"abc"}`:                                 "abc",
		`{"encrypt":"x","ENCRYPT":"y"}`:                          "",
		`{"a":"\"Encrypt\":\"x\""}`:                              "",
		`{"a":1,"a":2,"Encrypt":"abc"}`:                          "abc", // the others are not read
		`{"Encrypt":"x","Encrypt":"x"}`:                          "refused",
		`{"Encrypt":{"a":1}}`:                                    "refused",
		`{"Encrypt":"x"`:                                         "refused",
		`{"Encrypt":"x","a":[1,}`:                                "refused",

		`<xml><Encrypt><![CDATA[abc]]></Encrypt></xml>`:                                           "abc",
		`<xml><a><Encrypt>x</Encrypt></a><Encrypt>abc</Encrypt><b/><b/></xml>`:                    "abc",
		`<xml><a><![CDATA[<Encrypt>x</Encrypt>]]></a></xml>`:                                      "",
		`<xml><a>1</a><a>2</a><Encrypt>abc</Encrypt></xml>`:                                       "abc",
		`<xml><Encrypt>x</Encrypt><Encrypt>x</Encrypt></xml>`:                                     "refused",
		`<xml><Encrypt/><Encrypt/></xml>`:                                                         "refused",
		`<xml><Encrypt><a>1</a></Encrypt></xml>`:                                                  "refused",
		`<xml><Encrypt>x</Encrypt></xml><xml></xml>`:                                              "refused",
		`<xml><a><b><c><d><e><f><g><h>1</h></g></f></e></d></c></b></a></xml>`:                    "refused", // too deep
		`<xml><Encrypt>abc</Encrypt><MsgType>event</MsgType><MsgType/></xml>`:                     "refused",
		`<!DOCTYPE xml [<!ENTITY e "x">]><xml><Encrypt>&e;</Encrypt></xml>`:                       "refused",
		`<xml><Encrypt>abc</Encrypt><a>text<b/></a></xml>`:                                        "refused",
		`{"Encrypt":"abc","a":` + strings.Repeat(`{"a":`, 9) + `1` + strings.Repeat("}", 9) + `}`: "refused",
	} {
		if got := skimmed([]byte(doc)); got != want {
			t.Errorf("%.80s: %q, want %q", doc, got, want)
		}
	}
}

// skimmed is the ciphertext that Skim finds, or "refused".
func skimmed(doc []byte) string {
	v, _, err := Skim(doc, skimmedNames)
	if err != nil {
		return "refused"
	}
	b, err := v.Bytes("Encrypt")
	if err != nil {
		return "refused"
	}
	return string(b)
}

// TestSkimBuildsNothing: names below the first level are not kept, however many there
// are, and nothing of the document stays in the scratch nodes.
func TestSkimBuildsNothing(t *testing.T) { // not parallel: allocations are the process's
	const many = 1000
	for _, doc := range []string{
		`{"a":[` + strings.Repeat(`{"Encrypt":"x","MsgType":"y"},`, many) + `0],"Encrypt":"z"}`,
		`{"a":[` + strings.Repeat(`{"\u0045ncrypt":"\u0078"},`, many) + `0],"Encrypt":"z"}`,
		"<xml>" + strings.Repeat("<a><Encrypt>x</Encrypt></a>", many) + "<Encrypt>z</Encrypt></xml>",
	} {
		const limit = 10
		got := float64(limit + 1)
		for try := 0; got > limit && try < 20; try++ { // with the race detector a pool loses some of what it keeps
			got = testing.AllocsPerRun(1, func() {
				if got := skimmed([]byte(doc)); got != "z" {
					t.Errorf("%.80s: %q", doc, got)
				}
			})
		}
		if got > limit {
			t.Errorf("%.80s: %v allocations, the limit is %d", doc, got, limit)
		}
		if v, _, err := Skim([]byte(doc), skimmedNames); err != nil || cap(v.Children) > len(skimmedNames) {
			t.Errorf("%.80s: space for %d members, %v", doc, cap(v.Children), err)
		}
		scratch := scratches.Get().(*[MaxDepth + 1]Node)
		for depth := range scratch {
			if n := &scratch[depth]; n.Name != nil || n.Text != nil || n.Children != nil {
				t.Errorf("%.80s: the scratch node %d still has %q", doc, depth, n.Name)
			}
		}
		scratches.Put(scratch)
	}
}

// TestSpells compares with what the whole string stands for.
func TestSpells(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`名\u0041`, `\u540dA`, `名A`, `\u540d\u0041`, `\u540d`, `\u540dAA`, `\u540dA\u0041`, `\u540da`, `x\u0041`, `\n`, `\u0041`, ``, `\ud83d\ude00`, `\ud83d`, `😀`, `\ud83d\ud83d`, `\ufffd\ufffd`, `\x`,
	} {
		stands := string(unescape(nil, []byte(raw)))
		for _, text := range []string{"名A", "名", "A", "\n", "", "😀", "\ufffd", "\ufffd\ufffd", `\x`} {
			if got := spells([]byte(raw), text); got != (stands == text) {
				t.Errorf("%s stands for %q, and spells %q: %v", raw, stands, text, got)
			}
		}
	}
}

// TestSkimTexts: what the texts hold that are not read is nobody's business; the text that is
// read is held to the strict grammar, which is what the signature is compared over.
func TestSkimTexts(t *testing.T) {
	t.Parallel()
	for _, odd := range tolerantTexts {
		format, beside := "json", strings.Replace(odd.doc, `{"a":`, `{"Encrypt":"abc","a":`, 1)
		kept := strings.Replace(odd.doc, `"a":`, `"Encrypt":`, 1)
		if strings.HasPrefix(odd.name, "xml") {
			format, beside = "xml", strings.Replace(odd.doc, "<xml>", "<xml><Encrypt>abc</Encrypt>", 1)
			kept = strings.NewReplacer("<a>", "<Encrypt>", "</a>", "</Encrypt>").Replace(odd.doc)
		}
		want := "refused"
		if strings.HasPrefix(odd.doc, string(byteOrderMark)) {
			want = "1" // the mark is no part of the text
		}
		if got := skimmed([]byte(kept)); got != want {
			t.Errorf("%s, in Encrypt: %q, want %q", odd.name, got, want)
		}
		if got := skimmed([]byte(beside)); got != "abc" {
			t.Errorf("%s, beside Encrypt in %s: %q", odd.name, format, got)
		}
	}
	for doc, want := range map[string]string{
		"{\"a\":\"\x01\\\"\",\"Encrypt\":\"abc\"}":                           "abc", // the string goes on behind the escaped quote
		"{\"a\":\"\xe4\",\"Encrypt\":\"abc\"}":                               "abc", // and ends behind half a character
		`{"a":"\x\",\"Encrypt\":\"x","Encrypt":"abc"}`:                       "abc",
		"{\"Encrypt\xff\":\"x\",\"\\Encrypt\":\"y\",\"\x00Encrypt\":\"z\"}":  "",
		"{\"\\u0045ncrypt\xff\":\"x\",\"\\u0045\\ncrypt\":\"y\"}":            "",
		"{\"a\":\x01,\"Encrypt\":\"abc\"}":                                   "refused",
		"{\"a\":\"x\"\xff,\"Encrypt\":\"abc\"}":                              "refused",
		"<xml><a><![CDATA[\x00<Encrypt>x</Encrypt>\xff]]></a></xml>":         "",
		"<xml><a>\xe4<![CDATA[</a>\x01]]>&b</a><Encrypt>abc</Encrypt></xml>": "abc",
		"<xml><a b='\xff>'/><Encrypt>abc</Encrypt></xml>":                    "abc",
		"<xml><a\xff/><Encrypt>abc</Encrypt></xml>":                          "refused",
		"<xml><Encrypt\x01>abc</Encrypt></xml>":                              "refused",
		"<xml>\x01<Encrypt>abc</Encrypt></xml>":                              "refused",
		"<xml><a>&b</a></xml><!-- -->":                                       "refused",
		"<xml><a>&<b/></a><Encrypt>abc</Encrypt></xml>":                      "refused",
	} {
		if got := skimmed([]byte(doc)); got != want {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}

// FuzzSkim: Skim finds what the reader of signed packets finds. Of one document they never
// say different things: only a text that Skim is to find, and that is odd or given twice,
// makes Skim alone refuse it, and nothing makes Skim alone take it.
func FuzzSkim(f *testing.F) {
	for _, format := range []Format{XML, JSON} {
		addSamples(f, format)
	}
	for _, s := range []string{
		`{"Encrypt":"a","b":[{"c":"\ud83d\ude00"},1.5e3,null,true]}`, `{"a":1,"a":2}`, `{"Encrypt":null}`, `{"Encrypt":"a","MsgType":"b","MsgType":"b"}`,
		"<xml>\r\n<Encrypt>\n<![CDATA[a]]>\n</Encrypt><MsgType/><b c='&lt;'>d&#10;</b></xml>", "<xml><a/><a><b/></a></xml>", "<xml><a>1<b/></a></xml>", "<xml><Encrypt/><Encrypt/></xml>",
	} {
		f.Add([]byte(s))
	}
	for _, d := range refusedDocuments {
		f.Add([]byte(d.doc))
	}
	for _, d := range tolerantTexts {
		f.Add([]byte(d.doc))
		f.Add([]byte(strings.NewReplacer(`"a"`, `"Encrypt"`, "<a>", "<Encrypt>", "</a>", "</Encrypt>").Replace(d.doc)))
	}
	for _, shape := range hostile.Shapes() {
		f.Add(shape.Body(600, "AAAA"))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		some, format, err := Skim(in, skimmedNames)
		whole, wholeFormat, fault := read(bytes.TrimPrefix(in, byteOrderMark), nodes{tolerant: true, built: math.MinInt}) // of any number of members
		if fault != nil {
			if err == nil {
				t.Fatalf("Skim takes what is refused: %v", fault)
			}
			return
		}
		_, _, strictFault := Parse(in)
		odd, twice := false, false
		for _, name := range skimmedNames {
			m := whole.Member(name)
			twice = twice || m != nil && (m.repeated || m.Kind == List)
			odd = odd || m != nil && (bytes.ContainsFunc(m.Text, func(r rune) bool {
				return r < ' ' || r == '&' || r == '\\' || 0xFFFD <= r && r <= 0xFFFF
			}))
		}
		if err != nil {
			if !twice && (!odd || strictFault == nil) {
				t.Fatalf("Skim alone refuses it: %v", err)
			}
			return
		}
		for _, name := range skimmedNames {
			a, aErr := whole.Bytes(name)
			b, bErr := some.Bytes(name)
			if !bytes.Equal(a, b) || (aErr == nil) != (bErr == nil) || (whole.Member(name) == nil) != (some.Member(name) == nil) || format != wholeFormat {
				t.Fatalf("%s: %q %v in %v, and skimmed %q %v in %v", name, a, aErr, wholeFormat, b, bErr, format)
			}
			if !utf8.Valid(b) || format == XML && !hostile.InXML(string(b)) {
				t.Fatalf("%s: %q", name, b)
			}
		}
	})
}
