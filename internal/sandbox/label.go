package sandbox

import (
	"errors"
	"strings"
)

// maxLabel is more than any label needs; the platform keeps it with the order.
const maxLabel = 64 << 10

// KeyValue is one part of what a carrier wants on a label.
type KeyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ParseLabel parses a carrier's WaybillData, ##key##value##key##value##. A carrier that has
// nothing for the label may say so by ## or by nothing at all.
func ParseLabel(s string) ([]KeyValue, error) {
	list := []KeyValue{}
	switch {
	case s == "":
		return list, nil
	case len(s) > maxLabel:
		return nil, errors.New("WaybillData is too long")
	}
	parts := strings.Split(s, "##")
	if len(parts)%2 != 0 || parts[0] != "" || parts[len(parts)-1] != "" {
		return nil, errors.New("WaybillData is not of the form ##key##value##")
	}
	for i := 1; i+1 < len(parts); i += 2 {
		list = append(list, KeyValue{parts[i], parts[i+1]})
	}
	return list, nil
}
