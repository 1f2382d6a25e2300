package express_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/prometheus/client_golang/prometheus"
)

func load(tb testing.TB, c express.Catalogues) *waybill.Catalogue {
	tb.Helper()
	storetest.Must(tb, c.Load(context.Background()))
	return c.Current()
}

// All four tables reach the catalogue, each column in its place.
func TestCatalogueHasTheTables(t *testing.T) {
	t.Parallel()
	d := newCarrierTables(t)
	c := express.NewCatalogues(d.pool())
	if c.Current() != nil {
		t.Error("a catalogue was there before it was read")
	}
	empty := load(t, c)
	if empty == nil || empty.Collects(waybill.Location{Province: "广东"}) {
		t.Error("empty tables are no catalogue, or offer something")
	}
	d.table("service", "3,同城急送,same_day,12.345,99.9,7,3000.05")
	d.table("area", "广东省,,,true,false", "广东省,深圳市,,false,true")
	d.table("route", "广东省,,,zone,G", "广东省,深圳市,,zone,S", "广东省,深圳市,,bag,深圳", "广东省,,,bag,广州")
	d.table("number_range", "w,WX,4,none,10,20,wechat", "c,SF,4,none,10,20,carrier")
	got := load(t, c)
	service, ok := got.Service(3, "同城急送")
	want := waybill.Service{Type: 3, Name: "同城急送", Code: "same_day", MaxGrams: 12345, MaxSide: 999, MaxCount: 7, MaxInsured: 300005}
	if !ok || service != want {
		t.Errorf("service: got %+v, want %+v", service, want)
	}
	guangzhou, shenzhen := waybill.Location{Province: "广东", City: "广州", Area: "天河区"}, waybill.Location{Province: "广东", City: "深圳"}
	if !got.Collects(guangzhou) || got.Delivers(guangzhou) || got.Collects(shenzhen) || !got.Delivers(shenzhen) {
		t.Error("the areas are not those of the table")
	}
	if a, b := got.Label(guangzhou), got.Label(shenzhen); a != "##zone##G##bag##广州##" || b != "##zone##S##bag##深圳##" {
		t.Errorf("labels: %s and %s", a, b)
	}
	if !got.WeChatNumber("WX0010") || got.WeChatNumber("WX0021") || got.WeChatNumber("SF0010") {
		t.Error("WeChat's numbers are not those of its range")
	}
}

// A change of any table is seen at the next look; without one nothing is read
// again, and a file that says what there is is no change.
func TestCatalogueChanges(t *testing.T) {
	t.Parallel()
	d := newCarrierTables(t)
	c := express.NewCatalogues(d.pool())
	last := load(t, c)
	for name, table := range small {
		d.table(name, table.line)
		now := load(t, c)
		if now == last {
			t.Errorf("a change of table %s was not seen", name)
		}
		d.table(name, table.line)
		if again := load(t, c); again != now {
			t.Errorf("table %s was read again without a change", name)
		}
		last = now
	}
	d.Exec(t, `UPDATE catalogue SET version = 1`)
	if load(t, c) == last {
		t.Error("an older version, of a restored database, was not seen")
	}
}

// While the catalogue cannot be read, what was read before stays in use.
func TestCatalogueStays(t *testing.T) {
	t.Parallel()
	d := newCarrierTables(t)
	c := express.NewCatalogues(d.pool())
	d.table("area", ",,,true,true")
	last := load(t, c)
	d.table("area", ",,,true,false")
	for _, table := range []string{"catalogue", "service", "area", "route", "number_range"} {
		d.Exec(t, `ALTER TABLE `+table+` RENAME TO away`)
		if err := c.Load(t.Context()); err == nil || c.Current() != last {
			t.Errorf("without table %s: %v, the same catalogue: %t", table, err, c.Current() == last)
		}
		d.Exec(t, `ALTER TABLE away RENAME TO `+table)
	}
	if now := load(t, c); now == last || now.Delivers(waybill.Location{}) {
		t.Error("the change was not seen afterwards")
	}
}

// However many ask at once, one reads.
func TestCatalogueReadOnce(t *testing.T) {
	t.Parallel()
	d := newCarrierTables(t)
	pool := d.pool()
	c := express.NewCatalogues(pool)
	release := d.Lock(t, `LOCK TABLE service`)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := c.Load(t.Context()); err != nil || c.Current() == nil {
				t.Errorf("%v, %v", c.Current(), err)
			}
		})
	}
	d.WaitFor(t, storetest.LockWaits)
	if n := pool.Stat().AcquiredConns(); n != 1 {
		t.Errorf("%d connections read", n)
	}
	release()
	wg.Wait()
}

// A server that reads while files are imported sees one file or the other, whole,
// and the version that it belongs to.
func TestCatalogueIsOneSnapshot(t *testing.T) {
	t.Parallel()
	d := newCarrierTables(t)
	file := func(value int) (lines []string) {
		for i := range 60 - 30*value { // the second is shorter
			lines = append(lines, fmt.Sprintf("省%d,,,mark,%d", i, value))
		}
		return lines
	}
	d.table("route", file(0)...) // version 2
	pool := d.pool()
	done := make(chan struct{})
	var reader sync.WaitGroup
	seen := map[string]bool{}
	reader.Go(func() {
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			version, routes, err := express.ReadRoutes(t.Context(), pool)
			if err != nil {
				t.Error(err)
				return
			}
			want := int(version % 2)
			seen[fmt.Sprint(want)] = true
			if len(routes) != 60-30*want {
				t.Errorf("version %d has %d routes", version, len(routes))
			}
			for _, r := range routes {
				if len(r.Labels) != 1 || r.Labels[0].Value != fmt.Sprint(want) {
					t.Errorf("version %d: %+v", version, r)
				}
			}
		}
	})
	for i := range 60 {
		d.table("route", file((i+1)%2)...)
	}
	close(done)
	reader.Wait()
	if len(seen) != 2 {
		t.Errorf("only %v were seen", seen)
	}
}

// The gauge says how many numbers of the carrier's own are left, also while the
// catalogue stays the same.
func TestNumbersLeft(t *testing.T) {
	t.Parallel()
	d := newCarrierTables(t)
	d.table("number_range", "a,A,3,none,0,99,carrier", "b,B,3,none,10,10,carrier", "c,C,3,none,0,999,wechat")
	pool := d.pool()
	c, n := express.NewCatalogues(pool), numbers.New(&pg.Pool{Pool: pool}, 30, nil)
	for _, want := range []string{"101", "71"} {
		load(t, c)
		if got := gauge(t, c.NumbersLeft(), "carrierhook_remaining_waybill_numbers"); got != want {
			t.Errorf("%s numbers are left, want %s", got, want)
		}
		storetest.Must(t, n.Lease(t.Context()))
	}
}

// gauge reads a metric as a scrape shows it.
func gauge(tb testing.TB, c prometheus.Collector, name string) string {
	tb.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != name {
		tb.Fatalf("got %v, %v", families, err)
	}
	return fmt.Sprint(families[0].GetMetric()[0].GetGauge().GetValue())
}
