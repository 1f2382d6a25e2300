package config

import "fmt"

// Field is one line of a Summary.
type Field struct{ Key, Value string }

// Summary is the whole effective configuration for the start-up line of the
// log. A secret is "set" or "unset".
func (c Config) Summary() []Field {
	var fields []Field
	for _, k := range keys() {
		v := k.of(&c)
		value := fmt.Sprint(v.Interface())
		if k.secret() {
			value = "set"
			if v.IsZero() {
				value = "unset"
			}
		}
		fields = append(fields, Field{Key: k.name, Value: value})
	}
	return fields
}
