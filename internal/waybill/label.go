package waybill

import (
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/input"
)

// Label is one pair of WaybillData.
type Label struct{ Key, Value string }

// WaybillData is a mark, then each key and each value with a mark after it.
const (
	labelMark  = "##"
	emptyLabel = labelMark
)

// LabelText writes WaybillData for WeChat: ##key##value##...##, which is ## without labels.
// WeChat's grammar has no escape, so a key or a value is an error if it is empty, contains
// ##, begins or ends with # (which would join the mark), or has control characters.
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
