package csvimport_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/storetest"
)

func (d *database) version() string {
	d.Helper()
	return d.text(`SELECT version::text FROM catalogue`)
}

// A file replaces its table: what it has is there, in the units of the table, and what
// it does not have is gone. Only a change raises the version.
func TestTables(t *testing.T) {
	t.Parallel()
	type step struct {
		lines        []string
		counts, rows string
	}
	for name, steps := range map[string][]step{
		"services": {
			{[]string{"1,标准快递, standard ,50,150.0,1,20000", "0,标准快递,eco,0.001,0.1,1,0"}, "2 new",
				"(0,标准快递,eco,1,1,1,0) (1,标准快递,standard,50000,1500,1,2000000)"},
			{[]string{"2,标准快递,slow,1,1,1,0.01", "1,标准快递,standard,50.0,150,2,20000.00", "0,标准快递,eco,0.001,0.1,1,0.00"}, "1 new, 1 changed, 1 same",
				"(0,标准快递,eco,1,1,1,0) (1,标准快递,standard,50000,1500,2,2000000) (2,标准快递,slow,1000,10,1,1)"},
			{[]string{"2,标准快递,slow,1,1,1,0.01"}, "1 same, 2 removed", "(2,标准快递,slow,1000,10,1,1)"},
		},
		"areas": {
			{[]string{",,,no,YES", "广东省, 广州市 ,,1,0", "广东省,广州市,天河区,true,true"}, "3 new",
				`("","","",f,t) (广东省,广州市,"",t,f) (广东省,广州市,天河区,t,t)`},
			{[]string{"广东省,广州市,天河区,true,true", "广东,广州市,,yes,no", ",,,no,no"}, "1 new, 1 changed, 1 same, 1 removed",
				`("","","",f,f) (广东,广州市,"",t,f) (广东省,广州市,天河区,t,t)`},
		},
		"routes": {
			{[]string{"广东省,广州市,,b,1", ",,,a,0", "广东省,广州市,,a,2#3"}, "3 new",
				`("","","",1,a,0) (广东省,广州市,"",1,b,1) (广东省,广州市,"",2,a,2#3)`},
			{[]string{"广东省,广州市,,a,2#3", "广东省,广州市,,b,1", "广东省,广州市,,c,1"}, "1 new, 2 changed, 1 removed",
				`(广东省,广州市,"",1,a,2#3) (广东省,广州市,"",2,b,1) (广东省,广州市,"",3,c,1)`},
		},
		"ranges": {
			{[]string{"b,,1,None,1,8,Carrier", "a,WX,8,mod11,1,2,wechat", "c,SF,12,mod10,0,999999999999,carrier"}, "3 new",
				`(a,WX,8,mod11,1,2,1,t) (b,"",1,none,1,8,1,f) (c,SF,12,mod10,0,999999999999,0,f)`},
			{[]string{"d,X,1,none,0,8,carrier", "a,WX,8,mod11,3,4,wechat", "c,SF,12,mod10,0,999999999999,carrier"}, "1 new, 1 changed, 1 same, 1 removed",
				`(a,WX,8,mod11,3,4,3,t) (c,SF,12,mod10,0,999999999999,0,f) (d,X,1,none,0,8,0,f)`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			for i, s := range steps {
				d.with(name, s.counts, s.lines...)
				if got := d.rows(samples[name].table); got != s.rows {
					t.Errorf("got  %s\nwant %s", got, s.rows)
				}
				d.with(name, fmt.Sprint(len(s.lines), " same"), s.lines...)
				if got := d.version(); got != fmt.Sprint(i+2) {
					t.Errorf("version %s after %d changes", got, i+1)
				}
			}
		})
	}
}

// A large table goes in within a time that can be waited for.
func TestLargeTable(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	var lines []string
	for i := range 20_000 {
		lines = append(lines, fmt.Sprintf("省%d,,,true,true", i))
	}
	d.with("areas", "20000 new", lines...)
	lines[7777] = "省7777,,,true,false"
	d.with("areas", "1 changed, 19998 same, 1 removed", lines[1:]...)
}

// Imports of one table at once: one after the other, and the last one's file holds.
func TestTableAtOnce(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.with("areas", "1 new", "旧,,,true,true")
	release := d.lock(`SELECT FROM catalogue FOR UPDATE`)
	reports := make([]csvimport.Report, 4)
	var wg sync.WaitGroup
	for n := range reports {
		wg.Go(func() {
			lines := []string{samples["areas"].header}
			for i := range 50 + n {
				lines = append(lines, fmt.Sprintf("省%d-%d,,,true,true", n, i))
			}
			var err error
			if reports[n], err = d.load(csvimport.Areas, lines...); err != nil {
				t.Error(err)
			}
		})
	}
	storetest.Until(t, "the imports wait for each other", func() bool { return d.Int(t, storetest.LockWaits) == len(reports) })
	release()
	wg.Wait()
	for n, r := range reports {
		if r.Inserted != int64(50+n) || r.Removed == 0 {
			t.Errorf("import %d: %+v", n, r)
		}
	}
	left := d.text(`SELECT string_agg(DISTINCT split_part(province, '-', 1), ' ') || ' ' || count(*) - 50 FROM area`)
	if file, n, _ := strings.Cut(left, " "); file != "省"+n || d.version() != "6" {
		t.Errorf("what is left is of %s; version %s after five imports", left, d.version())
	}
}

// Nothing is half done when an import fails.
func TestTableFails(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.with("areas", "1 new", "旧,,,true,true")
	d.do(`ALTER TABLE area ADD CONSTRAINT no_z CHECK (province <> 'Z')`)
	file := samples["areas"].header + "\nA,,,true,true\nZ,,,true,true\n"
	r, err := d.load(csvimport.Areas, file)
	if err == nil || !strings.Contains(err.Error(), "importing the file again is safe") || r.Inserted+r.Removed != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := d.Import(ctx, csvimport.Areas, strings.NewReader(file)); err == nil {
		t.Error("an import whose time was up worked")
	}
	if got := d.rows("area"); got != `(旧,"","",t,t)` || d.version() != "2" {
		t.Errorf("left with %s, version %s", got, d.version())
	}
}
