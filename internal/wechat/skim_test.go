package wechat

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// Encrypt counts once, at the top, by its exact name.
func TestSkim(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"Encrypt":"abc"}`: "abc",
		`{"a":[1,{"Encrypt":"x"}],"Encrypt":"abc","b":{"c":{}}}`: "abc",
		`{"\u0045ncrypt":"abc"}`:                                 "abc",
		`{"encrypt":"x","ENCRYPT":"y"}`:                          "",
		`{"a":"\"Encrypt\":\"x\""}`:                              "",
		`{"a":1,"a":2,"Encrypt":"abc"}`:                          "abc", // of the others nobody takes note
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

// skimmed is the ciphertext that skim finds, or the word refused.
func skimmed(doc []byte) string {
	v, _, err := skim(doc, CheckOuterDocument)
	if err != nil {
		return "refused"
	}
	b, err := v.bytes("Encrypt", CheckOuterDocument)
	if err != nil {
		return "refused"
	}
	return string(b)
}

// Whatever anybody sends, finding the ciphertext in it makes hardly anything: a few
// pieces, and none for a member or an item.
func TestSkimBuildsNothing(t *testing.T) { // not parallel: allocations are the process's
	const n = 40_000
	for name, doc := range map[string]string{
		"items":            `{"Encrypt":"x","a":[` + strings.Repeat("1,", n) + `1]}`,
		"objects":          `{"Encrypt":"x","a":[` + strings.Repeat("{},", n) + `{}]}`,
		"members":          `{"Encrypt":"x"` + numbered(`,"%d":0`, 0, n) + `}`,
		"nested members":   `{"Encrypt":"x","a":{"a":0` + numbered(`,"%d":{}`, 0, n) + `}}`,
		"elements":         `<xml><Encrypt>x</Encrypt>` + strings.Repeat("<a/>", n) + `</xml>`,
		"texts":            `<xml><Encrypt>x</Encrypt>` + strings.Repeat("<a>1</a>", n) + `</xml>`,
		"nested elements":  `<xml><Encrypt>x</Encrypt><b>` + strings.Repeat("<a><c/></a>", n) + `</b></xml>`,
		"attributes":       `<xml><Encrypt>x</Encrypt><b` + numbered(` a%d="1"`, 0, n) + `/></xml>`,
		"one long string":  `{"Encrypt":"x","a":"` + strings.Repeat("y", n) + `"}`,
		"one long section": `<xml><Encrypt>x</Encrypt><a><![CDATA[` + strings.Repeat("y", n) + `]]></a></xml>`,
	} {
		body := []byte(doc)
		if got := skimmed(body); got != "x" {
			t.Errorf("%s: %q", name, got)
		}
		if got := testing.AllocsPerRun(3, func() { skimmed(body) }); got > 8 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

// FuzzSkim: what the reader of whole packets takes, skim takes, and finds the same in
// it. What that refuses, skim refuses too, but for members that come twice and for
// more than a packet may have.
func FuzzSkim(f *testing.F) {
	for _, format := range []Format{XML, JSON} {
		addSamples(f, format)
	}
	for _, s := range []string{
		`{"Encrypt":"a","b":[{"c":"\ud83d\ude00"},1.5e3,null,true]}`, `{"a":1,"a":2}`, `{"Encrypt":null}`,
		"<xml>\r\n<Encrypt>\n<![CDATA[a]]>\n</Encrypt><MsgType/><b c='&lt;'>d&#10;</b></xml>", "<xml><a/><a><b/></a></xml>", "<xml><a>1<b/></a></xml>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, format, err := parseValue(in, CheckOuterDocument)
		some, skimFormat, skimErr := skim(in, CheckOuterDocument)
		if err != nil {
			only := refusalDetail(err)
			if skimErr == nil && only != errTwice.Error() && only != errNodes.Error() {
				t.Fatalf("skim takes what is refused: %v", err)
			}
			return
		}
		if skimErr != nil || format != skimFormat {
			t.Fatalf("%v, and as %v: %v", format, skimFormat, skimErr)
		}
		for _, name := range []string{"Encrypt", "MsgType"} {
			a, aErr := whole.bytes(name, CheckOuterDocument)
			b, bErr := some.bytes(name, CheckOuterDocument)
			if !bytes.Equal(a, b) || (aErr == nil) != (bErr == nil) || (whole.member(name) == nil) != (some.member(name) == nil) {
				t.Fatalf("%s: %q %v, and skimmed %q %v", name, a, aErr, b, bErr)
			}
		}
	})
}

func refusalDetail(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Detail
	}
	return err.Error()
}
