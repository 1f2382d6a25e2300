package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// number is a JSON number, which WeChat also writes as a text.
type number struct {
	value int64
	given bool
}

var errNumber = errors.New("no whole number")

func (n *number) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" {
		return nil
	}
	if b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		s = strings.TrimSpace(s)
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return errNumber
		}
		v = int64(f)
	}
	n.value, n.given = v, true
	return nil
}

// text is a JSON text, which WeChat also writes as a number.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil { // null leaves it empty
		*t = text(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*t = text(n.String())
	return nil
}

// prose is a text of which nothing depends on its being one.
type prose string

func (p *prose) UnmarshalJSON(b []byte) error {
	var s string
	_ = json.Unmarshal(b, &s)
	*p = prose(s)
	return nil
}

// withCode is for answers that have an errcode also where they are a success.
const (
	withCode    = true
	withoutCode = false
)

// read reads an answer into a struct, or the refusal that it is. What it is called as
// (Content-Type) is not considered: WeChat says text/plain too.
func read(path string, answer []byte, coded bool, into any) error {
	answer = bytes.TrimPrefix(answer, []byte("\ufeff"))
	var head struct {
		ErrCode number `json:"errcode"`
		ErrMsg  prose  `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &head); err != nil {
		return unreadable(path, "no whole JSON object, or an errcode that is no number")
	}
	switch {
	case head.ErrCode.value != 0:
		return refusal(path, int(head.ErrCode.value), false, string(head.ErrMsg))
	case coded && !head.ErrCode.given:
		return unreadable(path, "it has no errcode")
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return unreadable(path, "a member is of the wrong kind")
	}
	return nil
}
