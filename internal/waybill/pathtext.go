package waybill

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxPathText is how many characters of a message WeChat gets. No page of WeChat's has a limit.
const MaxPathText = 200

// mobile is a telephone number of China as people write it, at the beginning of a text.
var mobile = regexp.MustCompile(`^(?:(?:\(\+86\)|（\+86）|\+86|0086)[- ]?)?(1[3-9]\d)(?:-(\d{4})-|[ ](\d{4})[ ]|(\d{4}))(\d{4})`)

// PathText is a scan's message as WeChat's updatePath takes it: mobile numbers are their bare
// eleven digits, which users can call by a touch, and what is too long is cut off.
func PathText(message string) string {
	var b strings.Builder
	for i := 0; i < len(message); {
		if m := mobile.FindStringSubmatch(message[i:]); m != nil && !goesOn(message[:i], message[i+len(m[0]):]) {
			b.WriteString(strings.Join(m[1:], ""))
			i += len(m[0])
			continue
		}
		_, size := utf8.DecodeRuneInString(message[i:])
		b.WriteString(message[i : i+size])
		i += size
	}
	text := []rune(b.String())
	if len(text) > MaxPathText {
		text = append(text[:MaxPathText-1], '…')
	}
	return string(text)
}

// goesOn reports whether digits are part of a longer number, by what is before and after them.
func goesOn(before, after string) bool {
	return digitsEnd.MatchString(before) || digitsBegin.MatchString(after)
}

var (
	digitsEnd   = regexp.MustCompile(`\d[- ]?$`)
	digitsBegin = regexp.MustCompile(`^[- ]?\d`)
)
