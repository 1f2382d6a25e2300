package packet

import (
	"strings"
	"testing"
)

// strictExample reads a document of which c alone may be absent.
func strictExample(t *testing.T, f Format, doc string) error {
	t.Helper()
	root, format, err := Parse([]byte(doc))
	must(t, err)
	if format != f {
		t.Fatalf("%s is %v", doc, format)
	}
	s := NewStrict(&root, f)
	a, b, c, d := s.Str("a"), s.Num("b"), s.OptionalStr("c"), s.OptionalNum("d")
	if err := s.Done(); err != nil {
		return err
	}
	if a != "x" || b != -5 || c != "" && c != "y" || d != 0 && d != 7 {
		t.Errorf("%s: read as %q, %d, %q, %d", doc, a, b, c, d)
	}
	return nil
}

// TestStrict: each member that must be there is, of its type, and none besides; of
// several faults the first is reported.
func TestStrict(t *testing.T) {
	t.Parallel()
	for doc, fault := range map[string]string{
		`{"a":"x","b":-5}`:                   "",
		`{"d":7,"c":"y","b":-5,"a":"x"}`:     "",
		`{"b":-5}`:                           "a is missing",
		`{"a":null,"b":-5}`:                  "a is not a string",
		`{"a":1,"b":-5}`:                     "a is not a string",
		`{"a":["x"],"b":-5}`:                 "a is missing or not a scalar",
		`{"a":"x"}`:                          "b is missing",
		`{"a":"x","b":"-5"}`:                 "b is not a bare whole number",
		`{"a":"x","b":-5.0}`:                 "b is not a bare whole number",
		`{"a":"x","b":null}`:                 "b is not a bare whole number",
		`{"a":"x","b":-9223372036854775809}`: "b is not a bare whole number",
		`{"a":"x","b":-5,"c":null}`:          "c is not a string",
		`{"a":"x","b":-5,"d":{}}`:            "d is missing or not a scalar",
		`{"a":"x","b":-5,"d":"7"}`:           "d is not a bare whole number",
		`{"a":"x","b":-5,"e":1}`:             "a member that WeChat does not document",
		`{"a":"x","b":-5,"A":"x"}`:           "a member that WeChat does not document",
		`{"d":"7","e":1,"b":"-5"}`:           "a is missing",
		"<xml><a>x</a><b>-5</b></xml>":       "",
		"<xml><a><![CDATA[x]]></a><b>-5</b><c>y</c><d>7</d></xml>": "",
		"<xml><a>x</a><b><![CDATA[-5]]></b></xml>":                 "b is not a bare whole number",
		"<xml><a>x</a><b>+5</b></xml>":                             "b is not a bare whole number",
		"<xml><a>x</a><b> -5</b></xml>":                            "b is not a bare whole number",
		"<xml><a>x</a><b>-5</b><e/></xml>":                         "a member that WeChat does not document",
	} {
		f := XML
		if doc[0] == '{' {
			f = JSON
		}
		err := strictExample(t, f, doc)
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v, want %q", doc, err, fault)
		}
	}
}
