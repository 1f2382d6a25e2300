package pg

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// CanStore tells whether Postgres can store such texts. A query for another one would
// be an error there, and its answer is that nothing was found.
func CanStore(texts ...string) bool {
	for _, s := range texts {
		if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

// Storable makes a text one that Postgres can store.
func Storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// JSON writes what is a struct, or a list of structs, of texts and numbers.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("%T cannot be JSON", v)) // no part of it has a way to fail
	}
	return string(b)
}
