package conformance

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/wechat"
)

// packet is a document read with more patience than WeChat has: package wechat
// stops at the first fault, and here the rest is wanted too.
type packet struct {
	format  wechat.Format
	root    string // of XML
	members map[string]member
}

type member struct {
	text string
	bare bool // without quotes (JSON) or CDATA (XML), as numbers are
}

func read(doc []byte) (packet, error) {
	switch first := bytes.TrimSpace(doc); {
	case len(first) == 0:
		return packet{}, errors.New("an empty body")
	case first[0] == '<':
		return readXML(doc)
	case first[0] == '{':
		return readJSON(doc)
	}
	return packet{}, errors.New("neither XML nor JSON")
}

func readXML(doc []byte) (packet, error) {
	p := packet{format: wechat.XML, members: map[string]member{}}
	var root struct {
		XMLName xml.Name
		Members []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
			Inner   string `xml:",innerxml"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(doc, &root); err != nil {
		return p, errors.New("XML that cannot be read")
	}
	p.root = root.XMLName.Local
	for _, m := range root.Members {
		bare := !strings.Contains(m.Inner, "<![CDATA[")
		if !bare { // layout around the section
			m.Text = strings.TrimSpace(m.Text)
		}
		p.members[m.XMLName.Local] = member{text: m.Text, bare: bare}
	}
	return p, nil
}

func readJSON(doc []byte) (packet, error) {
	p := packet{format: wechat.JSON, members: map[string]member{}}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(doc, &raw); err != nil {
		return p, errors.New("JSON that cannot be read")
	}
	for name, value := range raw {
		m := member{text: string(value), bare: value[0] != '"'}
		if !m.bare { // the document was read whole, so this can be
			_ = json.Unmarshal(value, &m.text)
		}
		p.members[name] = m
	}
	return p, nil
}

// text is a member's text, whatever its type.
func (p packet) text(name string) string { return p.members[name].text }

// has finds a member in any letter case, the exact one first.
func (p packet) has(name string) (member, bool) {
	if m, ok := p.members[name]; ok {
		return m, true
	}
	for _, n := range slices.Sorted(maps.Keys(p.members)) {
		if strings.EqualFold(n, name) {
			return p.members[n], true
		}
	}
	return member{}, false
}

// code is the ResultCode, however it is spelt.
func (p packet) code() (int, bool) {
	m, ok := p.has("ResultCode")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(m.text))
	return n, err == nil
}
