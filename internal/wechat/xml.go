package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

var cdataStart = []byte("<![CDATA[")

// parseXML reads one document with the root element <xml>. encoding/xml alone
// ignores what follows the root and takes the last of two equal elements; here
// both are refused, and with them every construct WeChat has no use for.
func parseXML(doc []byte) (*value, error) {
	p := xmlParser{dec: xml.NewDecoder(bytes.NewReader(doc)), doc: doc}
	if err := p.prolog(); err != nil {
		return nil, err
	}
	root, err := p.element(1)
	if err != nil {
		return nil, err
	}
	if root.kind == scalar && (!root.bare || !blank([]byte(root.text))) {
		return nil, errors.New("the XML root holds text, not elements")
	}
	root.kind = object
	return root, p.epilog()
}

type xmlParser struct {
	dec *xml.Decoder
	doc []byte
}

// next returns a token and the bytes it was written with.
func (p *xmlParser) next() (xml.Token, []byte, error) {
	from := p.dec.InputOffset()
	token, err := p.dec.Token()
	to := p.dec.InputOffset()
	if err == io.EOF {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("not well-formed XML near byte %d", to) // its own words quote the document
	}
	return token, p.doc[from:to], nil
}

// prolog reads up to and including the root's start tag. An <?xml ...?> may
// come first.
func (p *xmlParser) prolog() error {
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
			if !blank(raw) {
				return errors.New("text before the XML root")
			}
		default:
			return unwanted(token)
		}
	}
}

// epilog sees to it that nothing but white space follows the root.
func (p *xmlParser) epilog() error {
	for {
		token, raw, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := token.(xml.CharData); !ok || !blank(raw) {
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
func (p *xmlParser) element(depth int) (*value, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	v := &value{bare: true}
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
			case bytes.HasPrefix(raw, cdataStart):
				v.bare = false
				text.Write(t)
			case blank(raw):
				layout.Write(t)
			default:
				text.Write(t)
			}
		case xml.EndElement:
			if v.kind == object && (text.Len() > 0 || !v.bare) {
				return nil, errors.New("text beside elements in XML")
			}
			v.text = text.String()
			if v.kind == scalar && v.bare && v.text == "" {
				v.text = layout.String()
			}
			return v, nil
		default:
			return nil, unwanted(token)
		}
	}
}

// child reads an element into parent. Equal names make a list where each of
// them has elements of its own; a scalar may stand once.
func (p *xmlParser) child(parent *value, start xml.StartElement, depth int) error {
	if start.Name.Space != "" {
		return errors.New("the XML uses name spaces")
	}
	v, err := p.element(depth + 1)
	if err != nil {
		return err
	}
	if parent.members == nil {
		parent.kind, parent.members = object, make(map[string]*value)
	}
	name := start.Name.Local
	switch old := parent.members[name]; {
	case old == nil:
		parent.members[name] = v
	case v.kind != object || old.kind == scalar:
		return errTwice
	case old.kind == object:
		parent.members[name] = &value{kind: list, items: []*value{old, v}}
	default:
		old.items = append(old.items, v)
	}
	return nil
}

func blank(raw []byte) bool { return len(bytes.Trim(raw, whiteSpace)) == 0 }

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
