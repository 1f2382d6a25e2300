package packet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// readStandardJSON is readJSON by the token stream of encoding/json: the oracle
// for our reader. Nothing is added to what that package refuses but what
// WeChat's packets never have: a list at the top, repeats, depth.
func readStandardJSON(doc []byte) (*Node, error) {
	p := standardJSON{dec: json.NewDecoder(bytes.NewReader(doc))}
	p.dec.UseNumber()
	root, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if root.Kind != Object {
		return nil, errors.New("the JSON is not an object")
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	return root, nil
}

type standardJSON struct{ dec *json.Decoder }

func (p *standardJSON) next() (json.Token, error) {
	token, err := p.dec.Token()
	if err != nil { // its own text quotes the document
		return nil, fmt.Errorf("not well-formed JSON near byte %d", p.dec.InputOffset())
	}
	return token, nil
}

func (p *standardJSON) value(depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, errDepth
	}
	token, err := p.next()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return &Node{Text: []byte(t)}, nil
	case json.Number:
		return &Node{Text: []byte(t), Bare: true}, nil
	case bool:
		return &Node{Text: strconv.AppendBool(nil, t), Bare: true}, nil
	case json.Delim:
		if t == '[' {
			return p.list(depth)
		}
		return p.object(depth)
	}
	return &Node{Bare: true}, nil // null stands for nothing
}

func (p *standardJSON) object(depth int) (*Node, error) {
	v := &Node{Kind: Object}
	seen := map[string]bool{}
	for p.dec.More() {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, errors.New("a JSON member has no name")
		}
		if seen[name] {
			return nil, errRepeated
		}
		seen[name] = true
		member, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		member.Name = []byte(name)
		v.Children = append(v.Children, *member)
	}
	_, err := p.next() // the closing brace
	return v, err
}

func (p *standardJSON) list(depth int) (*Node, error) {
	v := &Node{Kind: List}
	for p.dec.More() {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.Children = append(v.Children, *item)
	}
	_, err := p.next() // the closing bracket
	return v, err
}
