package packet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// readStandardXML is readXML by the token stream of encoding/xml: the oracle for
// our reader. That package ignores what follows the root and takes the last of
// two equal elements; here both are refused, and with them every construct that
// WeChat has no use for. Where our reader is stricter still, stricter says so.
func readStandardXML(doc []byte) (*Node, error) {
	p := standardXML{dec: xml.NewDecoder(bytes.NewReader(doc)), doc: string(doc)}
	if err := p.prolog(); err != nil {
		return nil, err
	}
	root, err := p.element(1)
	if err != nil {
		return nil, err
	}
	if root.Kind == Scalar && (!root.Bare || !white(string(root.Text))) {
		return nil, errors.New("the XML root holds text, not elements")
	}
	root.Kind, root.Text, root.Name = Object, nil, []byte("xml")
	return root, p.epilog()
}

type standardXML struct {
	dec *xml.Decoder
	doc string
}

// next returns a token and the bytes it was written with.
func (p *standardXML) next() (xml.Token, string, error) {
	from := p.dec.InputOffset()
	token, err := p.dec.Token()
	to := p.dec.InputOffset()
	if err == io.EOF {
		return nil, "", err
	}
	if err != nil {
		return nil, "", fmt.Errorf("not well-formed XML near byte %d", to) // its own text quotes the document
	}
	raw := p.doc[from:to]
	return token, raw, stricter(token, raw)
}

// prolog reads up to and including the root's start tag. An <?xml ...?> may
// come first.
func (p *standardXML) prolog() error {
	declared := false
	for {
		token, raw, err := p.next()
		if err != nil {
			return prematureEnd(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "xml" || t.Name.Space != "" {
				return errors.New("the XML root is not <xml>")
			}
			return nil
		case xml.ProcInst:
			if t.Target != "xml" || declared {
				return errors.New("the XML has a processing instruction")
			}
			declared = true
		case xml.CharData:
			if !white(raw) {
				return errors.New("text before the XML root")
			}
		default:
			return unwanted(token)
		}
	}
}

// epilog sees to it that nothing but white space follows the root.
func (p *standardXML) epilog() error {
	for {
		token, raw, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := token.(xml.CharData); !ok || !white(raw) {
			return errors.New("something follows the XML root")
		}
	}
}

// element reads the content of an element whose start tag is already read.
//
// The text of an element with a CDATA section is what the section holds: white
// space written around the section is layout. Without one, the text is all that
// stands between the tags. White space given as a character reference counts as
// content in both cases, for that is how \r travels.
func (p *standardXML) element(depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, errDepth
	}
	v := &Node{Bare: true}
	var text, layout strings.Builder
	for {
		token, raw, err := p.next()
		if err != nil {
			return nil, prematureEnd(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := p.child(v, t, depth); err != nil {
				return nil, err
			}
		case xml.CharData:
			switch {
			case strings.HasPrefix(raw, "<![CDATA["):
				v.Bare = false
				text.Write(t)
			case white(raw):
				layout.Write(t)
			default:
				text.Write(t)
			}
		case xml.EndElement:
			if v.Kind == Object && (text.Len() > 0 || !v.Bare) {
				return nil, errors.New("text beside elements in XML")
			}
			v.Text = []byte(text.String())
			if v.Kind == Scalar && v.Bare && len(v.Text) == 0 {
				v.Text = []byte(layout.String())
			}
			return v, nil
		default:
			return nil, unwanted(token)
		}
	}
}

// child reads an element into parent. Equal names make a list where each of
// them has elements of its own or nothing at all; a text may stand once.
func (p *standardXML) child(parent *Node, start xml.StartElement, depth int) error {
	if start.Name.Space != "" {
		return errors.New("the XML uses name spaces")
	}
	v, err := p.element(depth + 1)
	if err != nil {
		return err
	}
	v.Name = []byte(start.Name.Local)
	at := slices.IndexFunc(parent.Children, func(old Node) bool { return bytes.Equal(old.Name, v.Name) })
	parent.Kind = Object
	if at < 0 {
		parent.Children = append(parent.Children, *v)
		return nil
	}
	old := parent.Children[at]
	items := []Node{old}
	if old.Kind == List {
		items = old.Children
	}
	items = append(items, *v)
	for i, item := range items {
		switch {
		case item.Kind == Object:
		case item.Bare && white(string(item.Text)):
			items[i] = Node{Name: v.Name, Kind: Object}
		default:
			return errRepeated
		}
	}
	parent.Children[at] = Node{Name: v.Name, Kind: List, Children: items}
	return nil
}

var (
	quoted      = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	elementName = regexp.MustCompile(`^<[^ \t\r\n/>]*`)
)

// stricter refuses what encoding/xml lets pass and our reader does not.
func stricter(token xml.Token, raw string) error {
	switch t := token.(type) {
	case xml.StartElement:
		tag := quoted.ReplaceAllString(raw, "")
		switch {
		// WeChat's names are ASCII. XML's go through tables of all scripts, and
		// a member that we do not know is not worth them.
		case strings.ContainsFunc(tag, func(r rune) bool { return r >= utf8.RuneSelf }):
			return errors.New("a name beyond ASCII")
		// A name with a colon belongs to a name space; encoding/xml forgets it
		// where the prefix is bound to nothing, and takes :a and a: for names.
		case strings.Contains(elementName.FindString(tag), ":"):
			return errNameSpace
		}
		// encoding/xml forgets a name space that an element called xmlns is in, and
		// the first of two that one tag declares.
		for _, a := range t.Attr {
			if a.Name.Space == "" && a.Name.Local == "xmlns" && a.Value != "" {
				return errNameSpace
			}
		}
	case xml.ProcInst:
		// encoding/xml looks for version= and encoding= with a text search: it
		// overlooks them with a space before the =, and takes <?xml x?>.
		if string(declaration([]byte(raw))) != raw {
			return errors.New("the XML declaration is not one")
		}
	}
	return nil
}

func white(s string) bool { return strings.Trim(s, WhiteSpace) == "" }

func prematureEnd(err error) error {
	if err == io.EOF {
		return errors.New("the XML ends early")
	}
	return err
}

// unwanted refuses what is harmless at best: a DOCTYPE can declare entities, a
// comment can split a text in two.
func unwanted(token xml.Token) error {
	switch token.(type) {
	case xml.Directive:
		return errors.New("the XML has a DOCTYPE or another declaration")
	case xml.Comment:
		return errors.New("the XML has a comment")
	case xml.ProcInst:
		return errors.New("the XML has a processing instruction")
	}
	return errors.New("the XML has a part out of place")
}
