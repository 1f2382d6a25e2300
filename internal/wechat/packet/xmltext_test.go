package packet

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestSectionAlone: an element that is one CDATA section has a short cut. What is
// read that way is what is read of the same element with its end tag spread out.
func TestSectionAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "x", " x ", "]", "]]", "x]y", "]]]", "]>", "]]</a>", "</a>", "]></a>", "<a>", "&lt;", "]]&gt;", "揽", "<![CDATA[",
		"]]></b>", "]]></ab>", "]]></a", "]]></", "]1234a>", "]]>", "]]><b/>", "]]>x", "]]> ", "]]><![CDATA[y", "]]>&#13;<![CDATA[",
	} {
		for _, around := range [][2]string{{"<xml><a>", "</xml>"}, {"<xml>\n<a>", "\n<b>1</b></xml>"}, {"<xml><c><a>", "</c></xml>"}} {
			open, end := around[0]+"<![CDATA["+text+"]]></a", around[1]
			short, _, errShort := Parse([]byte(open + ">" + end))
			long, _, errLong := Parse([]byte(open + " >" + end))
			if one := !strings.Contains(text, "]]>"); one && !bytes.Contains(flat(&short), []byte("|"+text+"|")) {
				t.Errorf("%s>%s: %+v, %v", open, end, short, errShort)
			}
			if (errShort == nil) != (errLong == nil) {
				t.Errorf("%s>%s: %v, spread out: %v", open, end, errShort, errLong)
			} else if errShort == nil && !sameNode(&short, &long) {
				t.Errorf("%s>%s: %+v, spread out: %+v", open, end, short, long)
			}
		}
	}
	for _, doc := range []string{
		"<xml><a><![CDATA[x]]></b></xml>", "<xml><a><![CDATA[x]]></ab></xml>", "<xml><ab><![CDATA[x]]></a></xml>",
		"<xml><a><![CDATA[x]]></a", "<xml><a><![CDATA[x]]><//a></xml>", "<xml><a><![CDATA[x]]></a</xml>", "<xml><a><![CDATA[x]></a></xml>",
		"<xml><a/><![CDATA[x]]></a></xml>",
		strings.Repeat("<xml>", MaxDepth+1) + "<![CDATA[x]]>" + strings.Repeat("</xml>", MaxDepth+1),
	} {
		if v, _, err := Parse([]byte(doc)); err == nil {
			t.Errorf("%s passed as %+v", doc, v)
		}
	}
}

// flat is all texts of a value, one after the other; nothing of none.
func flat(v *Node) (all []byte) {
	if v == nil {
		return nil
	}
	all = slices.Concat([]byte("|"), v.Text, []byte("|"))
	for i := range v.Children {
		all = append(all, flat(&v.Children[i])...)
	}
	return all
}

func sameNode(a, b *Node) bool {
	return a.Kind == b.Kind && a.Bare == b.Bare && bytes.Equal(a.Name, b.Name) && bytes.Equal(a.Text, b.Text) &&
		slices.EqualFunc(a.Children, b.Children, func(a, b Node) bool { return sameNode(&a, &b) })
}
