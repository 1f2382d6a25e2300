package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// parseJSON reads one object. Into a struct, encoding/json would match names in
// any letter case, take the last of two equal members and turn down a number
// where a string is due (which WeChat itself sends); the token stream lets us
// decide each: exact names, no repeats, and numbers kept as their own digits,
// for ids are longer than an int64.
func parseJSON(doc []byte) (*value, error) {
	p := jsonParser{dec: json.NewDecoder(bytes.NewReader(doc))}
	p.dec.UseNumber()
	root, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if root.kind != object {
		return nil, errors.New("the JSON is not an object")
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	return root, nil
}

type jsonParser struct{ dec *json.Decoder }

func (p *jsonParser) next() (json.Token, error) {
	token, err := p.dec.Token()
	if err != nil { // its own words quote the document
		return nil, fmt.Errorf("not well-formed JSON near byte %d", p.dec.InputOffset())
	}
	return token, nil
}

func (p *jsonParser) value(depth int) (*value, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	token, err := p.next()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return &value{text: t}, nil
	case json.Number:
		return &value{text: t.String(), bare: true}, nil
	case bool:
		return &value{text: strconv.FormatBool(t), bare: true}, nil
	case json.Delim:
		if t == '[' {
			return p.list(depth)
		}
		return p.object(depth)
	}
	return &value{bare: true}, nil // null stands for nothing
}

func (p *jsonParser) object(depth int) (*value, error) {
	v := &value{kind: object, members: make(map[string]*value)}
	for p.dec.More() {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, errors.New("a JSON member has no name")
		}
		if v.members[name] != nil {
			return nil, errTwice
		}
		if v.members[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := p.next() // the closing brace
	return v, err
}

func (p *jsonParser) list(depth int) (*value, error) {
	v := &value{kind: list}
	for p.dec.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	_, err := p.next() // the closing bracket
	return v, err
}
