package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
)

// decoder reads a body. encoding/json alone would accept member names in any case, the last
// of two equal ones, unknown members, numbers with fractions and null for everything, and
// would replace invalid UTF-8. Each could hide an error of the sender, so each is a problem
// here. No problem shows a value.
type decoder struct {
	tokens  *json.Decoder
	element int // of the list that is being read; -1: the body is no list
}

// member is a member of an object and the variable it is read into.
type member struct {
	name string
	to   any // of one of the types that value knows
}

// seconds is a time in whole seconds since 1970.
type seconds time.Time

// newDecoder begins to read a body that is one JSON value and nothing else.
func newDecoder(body []byte) (*decoder, error) {
	if !utf8.Valid(body) {
		return nil, problemOf(malformed, "the body is not UTF-8")
	}
	if !json.Valid(body) {
		err := json.Unmarshal(body, new(json.RawMessage))
		detail := "the body is not JSON"
		if syntax, ok := err.(*json.SyntaxError); ok {
			detail += fmt.Sprintf(", or not all of it: see byte %d", syntax.Offset)
		}
		return nil, problemOf(malformed, detail)
	}
	if unpairedSurrogate(body) {
		return nil, problemOf(malformed, `the body has a \u escape that is half of a surrogate pair`)
	}
	d := &decoder{tokens: json.NewDecoder(bytes.NewReader(body)), element: -1}
	d.tokens.UseNumber()
	return d, nil
}

// token is the next token. The body is valid, so there is one.
func (d *decoder) token() (json.Token, error) {
	t, err := d.tokens.Token()
	if err != nil {
		return nil, d.malformed("is not JSON")
	}
	return t, nil
}

func (d *decoder) malformed(what string) *problem {
	if d.element >= 0 {
		what = fmt.Sprintf("scan %d: %s", d.element, what)
	}
	return problemOf(malformed, what)
}

// object reads an object that may have these members, each once, and no others.
func (d *decoder) object(members ...member) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return d.malformed("not a JSON object")
	}
	return d.members(members)
}

// members reads the rest of an object that has begun.
func (d *decoder) members(members []member) error {
	var seen uint64 // a bit for each member
	for d.tokens.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
		switch {
		case i < 0:
			return d.malformed(fmt.Sprintf("unknown member %.64q", name))
		case seen&(1<<i) != 0:
			return d.malformed(name + " is given twice")
		}
		seen |= 1 << i
		if err := d.value(name, members[i].to); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// value reads one value into a variable.
func (d *decoder) value(name string, to any) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	switch to := to.(type) {
	case *string:
		return d.text(name, t, to)
	case *bool:
		var ok bool
		if *to, ok = t.(bool); !ok {
			return d.malformed(name + " is not true or false")
		}
	case *seconds:
		n, err := d.whole(name, t)
		*to = seconds(time.Unix(n, 0))
		return err
	case *waybill.Action:
		n, err := d.whole(name, t)
		*to = waybill.Action(n)
		return err
	case *delivery.Status:
		n, err := d.whole(name, t)
		*to = delivery.Status(n)
		return err
	case *time.Time:
		return d.moment(name, t, to)
	case **delivery.Agent:
		if t != json.Delim('{') {
			return d.malformed(name + " is not an object")
		}
		*to = new(delivery.Agent)
		return d.members([]member{{"name", &(*to).Name}, {"phone", &(*to).Phone}, {"phone_encrypted", &(*to).PhoneEncrypted}})
	case *waybill.Setting[waybill.Password]:
		to.Given = true
		return d.text(name, t, (*string)(&to.Value))
	case *waybill.Setting[bool]:
		var ok bool
		if to.Value, ok = t.(bool); !ok {
			return d.malformed(name + " is not true or false")
		}
		to.Given = true
	case *waybill.Setting[*int64]:
		to.Given = true
		if t != nil {
			n, err := d.whole(name, t)
			to.Value = &n
			return err
		}
	case *waybill.Setting[[]string]:
		to.Given = true
		if t != nil {
			return d.texts(name, t, &to.Value)
		}
	}
	return nil
}

func (d *decoder) text(name string, t json.Token, to *string) error {
	var ok bool
	if *to, ok = t.(string); !ok {
		return d.malformed(name + " is not a string")
	}
	return nil
}

// whole reads a number without a fraction or an exponent. One beyond 64 bits becomes the
// nearest int64, which is invalid for every member.
func (d *decoder) whole(name string, t json.Token) (int64, error) {
	text, ok := t.(json.Number)
	if !ok || strings.ContainsAny(text.String(), ".eE") {
		return 0, d.malformed(name + " is not a whole number")
	}
	n, _ := strconv.ParseInt(text.String(), 10, 64)
	return n, nil
}

// moment reads a time with its date and zone.
func (d *decoder) moment(name string, t json.Token, to *time.Time) error {
	var s string
	if err := d.text(name, t, &s); err != nil {
		return err
	}
	var ok bool
	if *to, ok = parseMoment(s); !ok || to.Unix() <= 0 {
		return invalidField(name, noMoment)
	}
	return nil
}

func (d *decoder) texts(name string, t json.Token, to *[]string) error {
	if t != json.Delim('[') {
		return d.malformed(name + " is not an array")
	}
	*to = []string{}
	for d.tokens.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		var s string
		if err := d.text(name, t, &s); err != nil {
			return d.malformed(name + " is not an array of strings")
		}
		*to = append(*to, s)
	}
	_, err := d.token()
	return err
}
