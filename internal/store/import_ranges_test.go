package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
)

// What an import may do to a range: nothing that forgets how far it was used up,
// nor anything that would let a number be given out twice.
func TestImportRangesInUse(t *testing.T) {
	t.Parallel()
	const other = "z,Z,1,none,0,9,carrier"
	for _, tt := range []struct {
		name, file string
		next       int // of the range a, after the import
		want       string
	}{
		{"as it was", "a,A,4,mod10,100,199,carrier", 150, ""},
		{"longer", "a,A,4,mod10,100,9999,carrier", 150, ""},
		{"cut where it stands", "a,A,4,mod10,100,149,carrier", 150, ""},
		{"cut below", "a,A,4,mod10,100,148,carrier", 150, "line 3, column last: the range has been used up to 149"},
		{"cut far below", "a,A,4,mod10,100,100,carrier", 150, "line 3, column last: the range has been used up to 149"},
		{"another first", "a,A,4,mod10,99,199,carrier", 150, "line 3: the range has been used: only last can change"},
		{"a later first", "a,A,4,mod10,150,199,carrier", 150, "line 3: the range has been used: only last can change"},
		{"another prefix", "a,B,4,mod10,100,199,carrier", 150, "line 3: the range has been used: only last can change"},
		{"another width", "a,A,5,mod10,100,199,carrier", 150, "line 3: the range has been used: only last can change"},
		{"another check digit", "a,A,4,none,100,199,carrier", 150, "line 3: the range has been used: only last can change"},
		{"given to WeChat", "a,A,4,mod10,100,199,wechat", 150, "line 3: the range has been used: only last can change"},
		{"removed", "b,A,4,mod10,200,299,carrier", 150, "line 3: after this line the range a is missing: it has been used and cannot be removed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newImportStore(t)
			d.ranges("a,A,4,mod10,100,199,carrier", other)
			for _, n := range []int{30, 20} {
				if err := d.allocator(n).Lease(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			before := d.rows("number_range")
			_, err := d.load(csvimport.Ranges, rangesHeader+other+"\n"+tt.file)
			if tt.want == "" && err != nil {
				t.Error(err)
			}
			if tt.want != "" {
				d.wantProblems(err, "number_range WHERE false", tt.want)
				if got := d.rows("number_range"); got != before || d.version() != 2 {
					t.Errorf("left with %s, version %d", got, d.version())
				}
			}
			if got := d.next("a"); got != tt.next {
				t.Errorf("the range stands at %d, want %d", got, tt.next)
			}
		})
	}
}

// A range of the carrier's own that was not leased from is as free as a new
// one; and what is WeChat's stays WeChat's.
func TestImportRangesUnused(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,4,mod10,100,199,carrier", "w,W,4,none,0,9,wechat")
	d.ranges("a,B,3,none,300,310,carrier", "w,W,4,none,5,20,wechat")
	if got, want := d.rows("number_range"), "(a,B,3,none,300,310,300,f) (w,W,4,none,5,20,5,t)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err := d.load(csvimport.Ranges, rangesHeader+"a,B,3,none,300,310,wechat\nw,W,4,none,5,20,carrier")
	d.wantProblems(err, "number_range WHERE false", "line 3, column owner: the range is WeChat's, and which of its numbers are in use is not known; "+
		"give the carrier a range of another name and other numbers")
	d.ranges("a,B,3,none,300,310,wechat")
	if got, want := d.rows("number_range"), "(a,B,3,none,300,310,300,t)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A lease that is under way while a file is imported counts.
func TestImportRangesBesideLease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, line, want string }{
		{"longer", "a,A,4,none,0,500,carrier", "(a,A,4,none,0,500,50,f)"},
		{"shorter", "a,A,4,none,0,40,carrier", "(a,A,4,none,0,99,50,f)"},
		{"removed", "b,B,4,none,0,40,carrier", "(a,A,4,none,0,99,50,f)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newImportStore(t)
			d.ranges("a,A,4,none,0,99,carrier")
			release := d.inOpenTransaction(`UPDATE number_range SET next = 50`)
			done := make(chan error)
			go func() {
				_, err := d.load(csvimport.Ranges, rangesHeader+tt.line)
				done <- err
			}()
			d.untilWaiting()
			release()
			if err := <-done; (err == nil) != (tt.name == "longer") {
				t.Error(err)
			}
			if got := d.rows("number_range"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Leases and imports that move a range's end at the same time: no number is given
// out twice, and none beyond the end that was the last.
func TestImportRangesWhileLeasing(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,6,none,0,9999,carrier")
	done := make(chan struct{})
	given := make(chan map[string]bool)
	for range 2 {
		n := d.allocator(3)
		go func() {
			mine := map[string]bool{}
			defer func() { given <- mine }()
			for {
				select {
				case <-done:
					return
				default:
				}
				if number, ok := n.Take(); ok {
					mine[number] = true
				} else {
					_ = n.Lease(context.Background()) // tried again
				}
			}
		}()
	}
	for i := range 40 {
		last := []string{"9999", "19999"}[i%2]
		_, err := d.load(csvimport.Ranges, rangesHeader+"a,A,6,none,0,"+last+",carrier")
		if err != nil && !strings.Contains(err.Error(), "has been used up to") {
			t.Error(err)
		}
	}
	close(done)
	one, two := <-given, <-given
	for number := range one {
		if two[number] {
			t.Errorf("%s was given out twice", number)
		}
	}
	if all := len(one) + len(two); all == 0 || all > d.next("a") {
		t.Errorf("%d numbers from a range that stands at %d", all, d.next("a"))
	}
}

const rangesHeader = "name,prefix,width,check_digit,first,last,owner\n"

// ranges imports ranges and expects it to work.
func (d importStore) ranges(lines ...string) csvimport.Report {
	d.tb.Helper()
	return d.imported(csvimport.Ranges, append([]string{strings.TrimSpace(rangesHeader)}, lines...)...)
}

// next tells how far a range has been leased.
func (d importStore) next(name string) int {
	d.tb.Helper()
	return d.Int(d.tb, `SELECT next FROM number_range WHERE name = $1`, name)
}

// pool is one more server's pool.
func (d importStore) pool() *pgxpool.Pool {
	d.tb.Helper()
	pool, err := pgxpool.New(context.Background(), d.URL)
	if err != nil {
		d.tb.Fatal(err)
	}
	d.tb.Cleanup(pool.Close)
	return pool
}

// allocator is one more server's numbers.
func (d importStore) allocator(lease int) *numbers.Allocator {
	d.tb.Helper()
	return numbers.New(&pg.Pool{Pool: d.pool()}, lease)
}

// untilWaiting waits until somebody waits for somebody else's lock.
func (d importStore) untilWaiting() {
	d.tb.Helper()
	storetest.Until(d.tb, "somebody waits for a lock", func() bool { return d.blockedSince() != "" })
}
