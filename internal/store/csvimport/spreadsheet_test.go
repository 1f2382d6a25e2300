package csvimport_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
)

// Files as a spreadsheet saves them are refused with one problem, which says what to do.
func TestFilesOfSpreadsheets(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "xyz")
	for name, want := range map[string]string{
		"number-as-formula.csv":      "line 2, column waybill_id: is a formula of a spreadsheet: export the file with values only",
		"number-in-e-notation.csv":   "line 2, column waybill_id: is a number that a spreadsheet has rounded, as in 6.1E+11: format the column as text and export the file again",
		"saved-as-gbk.csv":           "line 2, column order_id: is not UTF-8, but GBK as it seems: save the file as CSV UTF-8; it was not read further",
		"saved-as-utf16.csv":         "line 1: the file is UTF-16: save it as CSV UTF-8",
		"booked-ten-years-ahead.csv": `line 2, column booked_at: "2036-01-01 08:00:00" is in the future; a time without a zone is UTC`,
	} {
		file, err := os.ReadFile("testdata/" + name)
		storetest.Must(t, err)
		d.refused(csvimport.Waybills, string(file), want)
	}
	for _, s := range samples {
		first, _, _ := strings.Cut(s.header, ",")
		gbk := strings.Repeat("\xb6\xa9\xb5\xa5"+strings.Repeat(",", strings.Count(s.header, ","))+"\n", 3)
		d.refused(s.kind, s.header+"\n"+gbk, "line 2, column "+first+": is not UTF-8, but GBK as it seems: save the file as CSV UTF-8; it was not read further")
		wide := "\xff\xfe"
		for _, c := range []byte(s.header + "\r\n" + s.header) {
			wide += string([]byte{c, 0})
		}
		d.refused(s.kind, wide, "line 1: the file is UTF-16: save it as CSV UTF-8")
	}
}

// Visible characters are no reason to refuse an id, nor is a mark inside it.
func TestOrdinaryIDs(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	lines := []string{"biz_id,waybill_id,order_id"}
	for i, id := range []string{"W=1", "-1", "1+1", "a@b", "it's", "运单\u30001", "é🚚", "6.1E11", "1,5", "#", "#N/A?", "E+11", "1e+", "\t770001", "\u3000x"} {
		lines = append(lines, fmt.Sprintf(`B,"%s",O%d`, id, i))
	}
	d.imports(csvimport.Waybills, fmt.Sprint(len(lines)-1, " new"), lines...)
	if got := d.text(`SELECT waybill_id FROM waybill WHERE order_id = 'O13'`); got != "770001" {
		t.Errorf("got %q", got)
	}
}

// A time is in the future where it is ahead of the server's clock and of the database's by
// more than clocks may differ.
func TestTimesAhead(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	at := func(ahead time.Duration) string { return time.Now().Add(ahead).UTC().Format(time.RFC3339) }
	file := func(id, at string) string {
		return fmt.Sprintf("biz_id,waybill_id,order_id,status,booked_at,charged_at,signed_at\nB,%s,%[1]s,signed,%[2]s,%[2]s,%[2]s", id, at)
	}
	problems := func(at string) (want []string) {
		for _, column := range []string{"booked_at", "charged_at", "signed_at"} {
			want = append(want, fmt.Sprintf("line 2, column %s: %q is in the future; a time without a zone is UTC", column, at))
		}
		return want
	}
	hour := at(time.Hour)
	d.refused(csvimport.Waybills, file("W1", hour), problems(hour)...)
	d.imports(csvimport.Waybills, "1 new", file("W1", at(0)))
	d.imports(csvimport.Waybills, "1 new", file("W2", at(4*time.Minute)))
	d.Clock = func() time.Time { return time.Now().Add(time.Hour) }
	d.imports(csvimport.Waybills, "1 new", file("W3", hour))
	days := at(26 * time.Hour)
	d.refused(csvimport.Waybills, file("W4", days), problems(days)...)
	d.Clock = func() time.Time { return time.Now().Add(-24 * time.Hour) }
	d.imports(csvimport.Waybills, "1 new", file("W4", at(0)))
}
