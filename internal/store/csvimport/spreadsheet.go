package csvimport

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

var (
	// rounded is how spreadsheets write a number of many digits.
	rounded = regexp.MustCompile(`^[-+]?[0-9]([.,][0-9]+)?[eE][-+][0-9]+$`)
	// failed is what a cell shows whose formula has no value, or that is too narrow.
	failed = regexp.MustCompile(`^#(N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)$`)
)

// checkCell tells what a spreadsheet has made of a cell: as it is it would be another id or
// password. The error does not show the cell.
func checkCell(s string) error {
	switch { // most cells are spared the patterns
	case strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`): // keeps digits as they are
		return errors.New("is a formula of a spreadsheet: export the file with values only")
	case strings.HasPrefix(s, "#") && failed.MatchString(s):
		return errors.New("is an error of a spreadsheet, as in #N/A: put it right there and export the file again")
	case strings.ContainsAny(s, "eE") && rounded.MatchString(s):
		return errors.New("is a number that a spreadsheet has rounded, as in 6.1E+11: format the column as text and export the file again")
	}
	return nil
}

// checkText is checkCell for a text that is no secret. A spreadsheet takes a text that begins
// with =, + or @ for a formula, and hides a ' in front.
func checkText(s string) error {
	if err := checkCell(s); err != nil {
		return err
	}
	if s != "" && strings.ContainsRune("=+@'", rune(s[0])) {
		return fmt.Errorf("begins with %c, as what a spreadsheet makes of a text: export the file with values only", s[0])
	}
	return nil
}

// invisible tells characters that nobody sees in a cell, and so would miss there: of no width,
// that control the direction of text, and blanks that do not break.
func invisible(r rune) bool {
	return r >= '\u00a0' && (r == '\u00a0' || r == '\u2007' || r == '\u202f' ||
		unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point))
}

// checkVisible names the first character of a cell that is invisible.
func checkVisible(cell string) error {
	at := strings.IndexFunc(cell, invisible)
	if at < 0 {
		return nil
	}
	return fmt.Errorf("has an invisible character, %U", []rune(cell[at:])[0])
}

// dropInvisible is for strings.Map.
func dropInvisible(r rune) rune {
	if invisible(r) {
		return -1
	}
	return r
}
