package waybill

import (
	"errors"
	"strings"
	"unicode"
)

// The most bytes an id may have, and the texts of an order. WeChat lets a
// merchant's order id have 512, and its remark 1024.
const (
	MaxOrderID = 512
	MaxID      = 128
	MaxToken   = 1024
	MaxRemark  = 1024
)

// Why an id, or another text, is not one.
var (
	ErrIDEmpty   = errors.New("is empty")
	ErrIDLong    = errors.New("is too long")
	ErrIDControl = errors.New("has a control character")
)

// CleanID trims white space around an id and reports whether the rest can be
// an id of at most most bytes.
func CleanID(id string, most int) (string, error) {
	id = strings.TrimSpace(id)
	if id == "" {
		return "", ErrIDEmpty
	}
	return id, checkText(id, most)
}

// CleanText is CleanID for a value that may be empty.
func CleanText(s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	return s, checkText(s, most)
}

// CleanLines is CleanText for a text that people write: it may have several
// lines, and tabs in them.
func CleanLines(s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	return s, checkText(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(s), most)
}

func checkText(s string, most int) error {
	if len(s) > most {
		return ErrIDLong
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return ErrIDControl
	}
	return nil
}
