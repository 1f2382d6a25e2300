package wechat

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"carrierhook/internal/wechat/hostile"
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

// skimmed is the ciphertext that skim finds, or "refused".
func skimmed(doc []byte) string {
	v, _, err := skim(doc, CheckOuterDocument)
	if err != nil {
		return "refused"
	}
	b, err := v.Bytes("Encrypt", CheckOuterDocument)
	if err != nil {
		return "refused"
	}
	return string(b)
}

// Whatever a stranger sends, refusing it takes a few allocations, however large it is, and a copy of Encrypt where that is not written as it is meant.
func TestSkimBuildsNothing(t *testing.T) { // not parallel: allocations are the process's
	const size = 64 << 10
	r, q := newReceiver(t, options(Secure)), query("")
	for _, shape := range hostile.Shapes() {
		body := shape.Body(size, "AAAA")
		if len(body) > size || len(body) < size-100 {
			t.Errorf("%s: %d bytes", shape.Name, len(body))
		}
		limit := 10.0
		if strings.HasSuffix(shape.Name, "Encrypt of sections") {
			limit = 20 // the copy grows
		}
		got := limit + 1
		for try := 0; got > limit && try < 20; try++ { // with the race detector a pool loses some of what it keeps
			got = testing.AllocsPerRun(1, func() {
				if _, err := r.Open(q, body); err == nil {
					t.Errorf("%s is no push, and was opened", shape.Name)
				}
			})
		}
		if got > limit {
			t.Errorf("%s: %v allocations, at most %v are meant", shape.Name, got, limit)
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
	for _, shape := range hostile.Shapes() {
		f.Add(shape.Body(600, "AAAA"))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, format, err := parseNode(in, CheckOuterDocument)
		some, skimFormat, skimErr := skim(in, CheckOuterDocument)
		if err != nil {
			only := refusalDetail(err)
			if skimErr == nil && only != errRepeated.Error() && only != errNodes.Error() {
				t.Fatalf("skim takes what is refused: %v", err)
			}
			return
		}
		if skimErr != nil || format != skimFormat {
			t.Fatalf("%v, and as %v: %v", format, skimFormat, skimErr)
		}
		for _, name := range []string{"Encrypt", "MsgType"} {
			a, aErr := whole.Bytes(name, CheckOuterDocument)
			b, bErr := some.Bytes(name, CheckOuterDocument)
			if !bytes.Equal(a, b) || (aErr == nil) != (bErr == nil) || (whole.Member(name) == nil) != (some.Member(name) == nil) {
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
