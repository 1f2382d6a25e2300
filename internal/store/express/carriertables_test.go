package express_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// small are the small tables: which file each is imported from, its header and a good line.
var small = map[string]struct {
	kind         csvimport.Kind
	header, line string
}{
	"service":      {csvimport.Services, "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan", "1,标准快递,standard,50,150,1,20000"},
	"area":         {csvimport.Areas, "province,city,area,collects,delivers", ",,,true,true"},
	"route":        {csvimport.Routes, "province,city,area,key,value", "广东省,广州市,,mark,888-666"},
	"number_range": {csvimport.Ranges, "name,prefix,width,check_digit,first,last,owner", "w,WX,10,none,1,9999999999,wechat"},
}

// carrierTables is a database whose small tables a test imports.
type carrierTables struct {
	storetest.Database
	testing.TB
}

func newCarrierTables(tb testing.TB) carrierTables {
	tb.Helper()
	return carrierTables{storetest.NewDatabase(tb), tb}
}

// table imports lines into a small table and expects it to work.
func (d carrierTables) table(name string, lines ...string) {
	d.Helper()
	config := d.DB.Config().ConnConfig.Copy()
	config.OnNotice = pg.CountWarnings
	engine := csvimport.Engine{Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.ConnectConfig(ctx, config) }, Clock: time.Now}
	file := small[name].header + "\n" + strings.Join(lines, "\n")
	if _, err := engine.Import(context.Background(), small[name].kind, strings.NewReader(file)); err != nil {
		d.Fatalf("import: %v", err)
	}
}

// pool is one more server's pool.
func (d carrierTables) pool() *pgxpool.Pool {
	d.Helper()
	return storetest.OpenDatabase(d, d.URL).DB
}
