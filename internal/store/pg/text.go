package pg

import (
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
