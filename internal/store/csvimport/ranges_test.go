package csvimport_test

import (
	"testing"

	"carrierhook/internal/store/csvimport"
)

// What an import may do to a range: nothing that forgets how far it was used up,
// nor anything that would let a number be given out twice.
func TestUsedRanges(t *testing.T) {
	t.Parallel()
	const other, used = "z,Z,1,none,0,9,carrier", "line 3: the range has been used: only last can change"
	d := newDatabase(t)
	for file, want := range map[string]string{
		"a,A,4,mod10,100,199,carrier":  "",
		"a,A,4,mod10,100,9999,carrier": "",
		"a,A,4,mod10,100,149,carrier":  "",
		"a,A,4,mod10,100,148,carrier":  "line 3, column last: the range has been used up to 149",
		"a,A,4,mod10,100,100,carrier":  "line 3, column last: the range has been used up to 149",
		"a,A,4,mod10,99,199,carrier":   used,
		"a,A,4,mod10,150,199,carrier":  used,
		"a,B,4,mod10,100,199,carrier":  used,
		"a,A,5,mod10,100,199,carrier":  used,
		"a,A,4,none,100,199,carrier":   used,
		"a,A,4,mod10,100,199,wechat":   used,
		"a,A,0,mod10,100,199,carrier":  "line 3, column width: is 0", // and nothing of a range that is missing
		"b,A,4,mod10,200,299,carrier":  "line 3: after this line the range a is missing: it has been used and cannot be removed",
	} {
		d.do(`TRUNCATE number_range`)
		d.with("ranges", "2 new", "a,A,4,mod10,100,199,carrier", other)
		d.do(`UPDATE number_range SET next = 150 WHERE name = 'a'`) // a lease
		if file = samples["ranges"].header + "\n" + other + "\n" + file; want != "" {
			d.refused(csvimport.Ranges, file, want)
		} else if _, err := d.load(csvimport.Ranges, file); err != nil {
			t.Errorf("%q: %v", file, err)
		}
		if next := d.text(`SELECT next::text FROM number_range WHERE name = 'a'`); next != "150" {
			t.Errorf("%q: the range stands at %s", file, next)
		}
	}
}

// A range of the carrier's own that was not leased from is as free as a new
// one; and what is WeChat's stays WeChat's.
func TestUnusedRanges(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.with("ranges", "2 new", "a,A,4,mod10,100,199,carrier", "w,W,4,none,0,9,wechat")
	d.with("ranges", "2 changed", "a,B,3,none,300,310,carrier", "w,W,4,none,5,20,wechat")
	if got, want := d.rows("number_range"), "(a,B,3,none,300,310,300,f) (w,W,4,none,5,20,5,t)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d.refused(csvimport.Ranges, samples["ranges"].header+"\na,B,3,none,300,310,wechat\nw,W,4,none,5,20,carrier",
		"line 3, column owner: the range is WeChat's, and which of its numbers are in use is not known; give the carrier a range of another name and other numbers")
	d.with("ranges", "1 changed, 1 removed", "a,B,3,none,300,310,wechat")
	if got, want := d.rows("number_range"), "(a,B,3,none,300,310,300,t)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
