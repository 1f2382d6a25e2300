package waybill

import (
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/input"
)

// Label is one pair of WaybillData.
type Label struct{ Key, Value string }

// WaybillData is a mark, then each key and each value with a mark behind it.
const (
	labelMark  = "##"
	emptyLabel = labelMark
)

// LabelText writes WaybillData as WeChat reads it: ##key##value##...##, which is
// ## for no labels. WeChat's grammar has no escape, so an error says that a key
// or a value cannot be written: it is empty, has ## in it, begins or ends with
// # and would grow together with the mark, or has control characters.
func LabelText(labels []Label) (string, error) {
	var text strings.Builder
	text.WriteString(labelMark)
	for i, l := range labels {
		for _, part := range []struct{ name, text string }{{"key", l.Key}, {"value", l.Value}} {
			if err := checkLabel(part.text); err != nil {
				return "", fmt.Errorf("label %d: the %s %w", i+1, part.name, err)
			}
			text.WriteString(part.text)
			text.WriteString(labelMark)
		}
	}
	return text.String(), nil
}

func checkLabel(s string) error {
	switch {
	case s == "":
		return input.ErrEmpty
	case strings.Contains(s, labelMark):
		return errors.New("has ## in it")
	case s[0] == '#' || s[len(s)-1] == '#':
		return errors.New("begins or ends with #")
	}
	return input.CheckText(s, len(s))
}
