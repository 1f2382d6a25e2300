package store_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
)

// wantTable expects these counts of an import: inserted, updated, unchanged and
// removed.
func wantTable(tb testing.TB, r csvimport.Report, inserted, updated, unchanged, removed int64) {
	tb.Helper()
	got := [...]int64{r.Lines, r.Inserted, r.Updated, r.Unchanged, r.Removed}
	if want := [...]int64{inserted + updated + unchanged, inserted, updated, unchanged, removed}; got != want {
		tb.Errorf("lines, inserted, updated, unchanged, removed: got %v, want %v", got, want)
	}
}

// rows is what a small table holds, as text and in the order of its key.
func (d importStore) rows(table string) string {
	d.tb.Helper()
	return d.text(`SELECT coalesce(string_agg(t::text, ' ' ORDER BY t), '') FROM ` + table + ` t`)
}

func (d importStore) version() int {
	d.tb.Helper()
	return d.Int(d.tb, `SELECT version FROM catalogue`)
}

// A file replaces its table: what it has is there, in the units of the table, and what
// it does not have is gone. Only a change raises the version.
func TestImportTables(t *testing.T) {
	t.Parallel()
	type step struct {
		lines                                 []string
		inserted, updated, unchanged, removed int64
		rows                                  string
	}
	for table, steps := range map[string][]step{
		"service": {
			{[]string{"1,标准快递, standard ,50,150.0,1,20000", "0,标准快递,eco,0.001,0.1,1,0"}, 2, 0, 0, 0,
				"(0,标准快递,eco,1,1,1,0) (1,标准快递,standard,50000,1500,1,2000000)"},
			{[]string{"2,标准快递,slow,1,1,1,0.01", "1,标准快递,standard,50.0,150,2,20000.00", "0,标准快递,eco,0.001,0.1,1,0.00"}, 1, 1, 1, 0,
				"(0,标准快递,eco,1,1,1,0) (1,标准快递,standard,50000,1500,2,2000000) (2,标准快递,slow,1000,10,1,1)"},
			{[]string{"2,标准快递,slow,1,1,1,0.01"}, 0, 0, 1, 2, "(2,标准快递,slow,1000,10,1,1)"},
		},
		"area": {
			{[]string{",,,no,YES", "广东省, 广州市 ,,1,0", "广东省,广州市,天河区,true,true"}, 3, 0, 0, 0,
				`("","","",f,t) (广东省,广州市,"",t,f) (广东省,广州市,天河区,t,t)`},
			{[]string{"广东省,广州市,天河区,true,true", "广东,广州市,,yes,no", ",,,no,no"}, 1, 1, 1, 1,
				`("","","",f,f) (广东,广州市,"",t,f) (广东省,广州市,天河区,t,t)`},
		},
		"route": {
			{[]string{"广东省,广州市,,b,1", ",,,a,0", "广东省,广州市,,a,2#3"}, 3, 0, 0, 0,
				`("","","",1,a,0) (广东省,广州市,"",1,b,1) (广东省,广州市,"",2,a,2#3)`},
			{[]string{"广东省,广州市,,a,2#3", "广东省,广州市,,b,1", "广东省,广州市,,c,1"}, 1, 2, 0, 1,
				`(广东省,广州市,"",1,a,2#3) (广东省,广州市,"",2,b,1) (广东省,广州市,"",3,c,1)`},
		},
		"number_range": {
			{[]string{"b,,1,None,1,8,Carrier", "a,WX,8,mod11,1,2,wechat", "c,SF,12,mod10,0,999999999999,carrier"}, 3, 0, 0, 0,
				`(a,WX,8,mod11,1,2,1,t) (b,"",1,none,1,8,1,f) (c,SF,12,mod10,0,999999999999,0,f)`},
			{[]string{"d,X,1,none,0,8,carrier", "a,WX,8,mod11,3,4,wechat", "c,SF,12,mod10,0,999999999999,carrier"}, 1, 1, 1, 1,
				`(a,WX,8,mod11,3,4,3,t) (c,SF,12,mod10,0,999999999999,0,f) (d,X,1,none,0,8,0,f)`},
		},
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			d := newImportStore(t)
			for _, s := range steps {
				before := d.version()
				wantTable(t, d.table(table, s.lines...), s.inserted, s.updated, s.unchanged, s.removed)
				if got := d.rows(table); got != s.rows {
					t.Errorf("got  %s\nwant %s", got, s.rows)
				}
				if got := d.version(); got != before+1 {
					t.Errorf("the version went from %d to %d", before, got)
				}
				wantTable(t, d.table(table, s.lines...), 0, 0, int64(len(s.lines)), 0)
				if got := d.version(); got != before+1 {
					t.Errorf("the same file again: version %d, before %d", got, before+1)
				}
			}
		})
	}
}

// What is wrong with a line is named by number and column, and then nothing is
// changed.
func TestImportTableProblems(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 129)
	const service, area, route, numbers = "service", "area", "route", "number_range"
	const figure = ` is not a number like 15 or 1.5 with at most %d decimals, or is too large`
	type problem struct{ table, line, want string }
	problems := []problem{
		{service, "1,A,a,1,1,1", "line 3: has 6 fields, but the header has 7"},
		{service, ",A,a,1,1,1,0", "line 3, column service_type: is empty"},
		{service, "-1,A,a,1,1,1,0", `line 3, column service_type: "-1" is not a whole number like 15, or is too large`},
		{service, "1, ,a,1,1,1,0", "line 3, column service_name: is empty"},
		{service, "1," + long + ",a,1,1,1,0", "line 3, column service_name: is too long: at most 128 bytes"},
		{service, "1,A,,1,1,1,0", "line 3, column code: is empty"},
		{service, "1,A,a\x01b,1,1,1,0", "line 3, column code: has a control character"},
		{service, "1,A,a,,1,1,0", "line 3, column max_weight_kg: is empty"},
		{service, "1,A,a,0.000,1,1,0", "line 3, column max_weight_kg: is 0"},
		{service, "1,A,a,1.0005,1,1,0", `line 3, column max_weight_kg: "1.0005"` + fmt.Sprintf(figure, 3)},
		{service, "1,A,a,1,1.55,1,0", `line 3, column max_side_cm: "1.55"` + fmt.Sprintf(figure, 1)},
		{service, "1,A,a,1,0,1,0", "line 3, column max_side_cm: is 0"},
		{service, "1,A,a,1,1,1.0,0", `line 3, column max_pieces: "1.0" is not a whole number like 15, or is too large`},
		{service, "1,A,a,1,1,0,0", "line 3, column max_pieces: is 0"},
		{service, "1,A,a,1,1,1,", "line 3, column max_insured_yuan: is empty"},
		{service, "1,A,a,1,1,1,0.001", `line 3, column max_insured_yuan: "0.001"` + fmt.Sprintf(figure, 2)},
		{service, "1,A,a,1,1,1,1e3", `line 3, column max_insured_yuan: "1e3"` + fmt.Sprintf(figure, 2)},
		{service, "1,A,a,1,1,1,.5", `line 3, column max_insured_yuan: ".5"` + fmt.Sprintf(figure, 2)},
		{service, "1,A,a,1,1,1,5.", `line 3, column max_insured_yuan: "5."` + fmt.Sprintf(figure, 2)},
		{service, `1,A,a,1,1,1,"1,000"`, `line 3, column max_insured_yuan: "1,000"` + fmt.Sprintf(figure, 2)},
		{service, "1,A,a,1,1,1,１", `line 3, column max_insured_yuan: "１"` + fmt.Sprintf(figure, 2)},
		{service, "1,A,a,1,1,1,99999999999999999", `line 3, column max_insured_yuan: "99999999999999999"` + fmt.Sprintf(figure, 2)},
		{service, "1, 标准快递 ,a,1,1,1,1", "line 3, column service_name: the service stands on line 2 already"},

		{area, "广东,,,,true", "line 3, column collects: is empty"},
		{area, "广东,,,true,maybe", "line 3, column delivers: is neither true nor false"},
		{area, ",广州,,true,true", "line 3: the city has no province"},
		{area, "广东,,天河区,true,true", "line 3: the area has no city"},
		{area, strings.Repeat("广", 22) + ",,,true,true", "line 3, column province: is too long: at most 64 bytes"},
		{area, "广东,广\x02州,,true,true", "line 3, column city: has a control character"},
		{area, " , ,,false,false", "line 3: the same place stands on line 2 already"},
		{area, "广西壮族自治区,桂林市,,true,true\n广西,桂林,,true,true", "line 4: the same place stands on line 3 already"},

		{route, "广东,,,,1", "line 3, column key: is empty"},
		{route, "广东,,,a,", "line 3, column value: is empty"},
		{route, "广东,,,a##b,1", "line 3, column key: has ## in it, or begins or ends with #"},
		{route, "广东,,,a,1#", "line 3, column value: has ## in it, or begins or ends with #"},
		{route, "广东,,,a,#", "line 3, column value: has ## in it, or begins or ends with #"},
		{route, "广东,,,a," + long, "line 3, column value: is too long: at most 128 bytes"},
		{route, ",广州,,a,1", "line 3: the city has no province"},
		{route, "广东,广州,,x,1", "line 3: the same place is written differently on line 2"},
		{route, "广东省,广州市,,mark,2", "line 3, column key: the key of this place stands on line 2 already"},

		{numbers, ",A,1,none,0,9,carrier", "line 3, column name: is empty"},
		{numbers, "w,A,1,none,0,9,carrier", "line 3, column name: the range stands on line 2 already"},
		{numbers, "a,A\x03,1,none,0,9,carrier", "line 3, column prefix: has a control character"},
		{numbers, "a,单,1,none,0,9,carrier", "line 3: the prefix has characters that a bar code cannot show"},
		{numbers, "a,A,0,none,0,9,carrier", "line 3, column width: is 0"},
		{numbers, "a,A,19,none,0,9,carrier", "line 3: the width is 19, not 1 to 18"},
		{numbers, "a,A,1,crc,0,9,carrier", `line 3, column check_digit: "crc" is none of [none mod10 mod11]`},
		{numbers, "a,A,1,,0,9,carrier", `line 3, column check_digit: "" is none of [none mod10 mod11]`},
		{numbers, "a,A,1,none,-1,9,carrier", `line 3, column first: "-1" is not a whole number like 15, or is too large`},
		{numbers, "a,A,1,none,0,,carrier", "line 3, column last: is empty"},
		{numbers, "a,A,1,none,5,4,carrier", "line 3: serial numbers from 5 to 4 are none"},
		{numbers, "a,A,1,none,5,10,carrier", "line 3: serial number 10 has more than 1 digits"},
		{numbers, "a,A,1,none,0,9,me", `line 3, column owner: "me" is neither wechat nor carrier`},
		{numbers, "a,WX,9,none,0,999999999,carrier\nb,WX0,9,none,5,5,carrier",
			"line 4: could have the same number as the range w on line 2"},
	}
	stores := map[string]importStore{}
	for name := range small {
		stores[name] = newImportStore(t)
	}
	for _, tt := range problems {
		t.Run(tt.table+" "+tt.want, func(t *testing.T) {
			d, s := importStore{stores[tt.table].testStore, t}, small[tt.table]
			d.notLoaded(s.kind, s.header+"\n"+s.line+"\n"+tt.line+"\n", tt.table, tt.want)
			if d.version() != 1 {
				t.Error("the version was raised")
			}
		})
	}
}

// A file without lines is refused, and so is one that servers could not keep in memory.
func TestImportTableSizes(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	for name, s := range small {
		for file, want := range map[string]string{
			"":                     "line 1: the file is empty; its first line must name the columns",
			s.header:               "line 1: the file has no lines; with an empty table no order could be accepted",
			"\n" + s.header + "\n": "line 2: the file has no lines; with an empty table no order could be accepted",
		} {
			d.notLoaded(s.kind, file, name, want)
		}
	}
	const header = "name,prefix,width,check_digit,first,last,owner\n"
	file := &pattern{text: "a,A,1,none,0,9,carrier\n", size: 64 << 20, end: func() error { return io.EOF }}
	_, err := d.Import(t.Context(), csvimport.Ranges, io.MultiReader(strings.NewReader(header), file))
	d.wantProblems(err, "number_range", "line 1002: the table holds 1000 lines at most; the file was not read further")
	if file.taken > 1<<20 {
		t.Errorf("%d bytes were read", file.taken)
	}
}

// The largest table that is taken goes in within a time that can be waited for.
func TestImportLargeTable(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	var lines []string
	for i := range 20_000 {
		lines = append(lines, fmt.Sprintf("省%d,,,true,true", i))
	}
	wantTable(t, d.table("area", lines...), 20_000, 0, 0, 0)
	lines[7777] = "省7777,,,true,false"
	wantTable(t, d.table("area", lines[1:]...), 0, 1, 19_998, 1)
}

// Two imports of one table at once: one after the other, and the later one's
// file holds.
func TestImportTableTwice(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.table("area", "旧,,,true,true")
	file := func(n int) []string {
		var lines []string
		for i := range 50 + n {
			lines = append(lines, fmt.Sprintf("省%d-%d,,,true,true", n, i))
		}
		return lines
	}
	release := d.inOpenTransaction(`SELECT FROM catalogue FOR UPDATE`)
	reports := make([]csvimport.Report, 4)
	var wg sync.WaitGroup
	for n := range reports {
		wg.Go(func() { reports[n] = d.table("area", file(n)...) })
	}
	storetest.Until(t, "the imports wait for each other", func() bool {
		return d.Int(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == len(reports)
	})
	release()
	wg.Wait()
	last := -1
	for n := range reports {
		if d.Int(t, `SELECT count(*) FROM area WHERE province LIKE $1`, fmt.Sprintf("省%d-%%", n)) > 0 {
			last = n
		}
		if r := reports[n]; r.Inserted != int64(50+n) || r.Removed == 0 {
			t.Errorf("import %d: %+v", n, r)
		}
	}
	if got := d.Int(t, `SELECT count(*) FROM area`); got != 50+last {
		t.Errorf("%d areas are left of file %d", got, last)
	}
	if got := d.version(); got != 6 {
		t.Errorf("version %d after five imports", got)
	}
}

// Nothing is half done when an import fails.
func TestImportTableFails(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.table("area", "旧,,,true,true")
	d.do(`ALTER TABLE area ADD CONSTRAINT no_z CHECK (province <> 'Z')`)
	s := small["area"]
	r, err := d.load(s.kind, s.header+"\nA,,,true,true\nZ,,,true,true\n")
	if err == nil || !strings.Contains(err.Error(), "importing the file again is safe") || r.Inserted+r.Removed != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
	if got := d.rows("area"); got != `(旧,"","",t,t)` || d.version() != 2 {
		t.Errorf("left with %s, version %d", got, d.version())
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := d.Import(ctx, s.kind, strings.NewReader(s.header+"\n"+s.line)); err == nil {
		t.Error("an import whose time was up worked")
	}
}
