package history

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/localpg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

const (
	merchants = 6
	password  = "not-a-secret"
	allowance = 1_000_000 // of the merchants that pay in advance
)

// world is two servers on one Postgres, and the waybills of a run.
type world struct {
	postgres  *localpg.Server
	database  string // its URL, past all cables
	servers   []*server
	receivers []*receiver // of events
	platform  *platform
	waybills  []waybill
	flood     []waybill // which floods cancel
	flooded   int       // how many of them
	begun     time.Time

	// What the saboteur of processes changes; nobody else looks before it has ended.
	standby     *localpg.Server // nil: there is none
	replication *cable          // the standby's way to its primary
	names       string          // which standbys commits wait for, while none is said to be gone
	absent      []window        // when commits waited for a standby that was gone
	forgotten   []window        // what only reads have shown then, a promotion may have taken back
}

// waybill is one of them, and the requests about it.
type waybill struct {
	merchant, number, order string
	pushes                  map[string]uint8 // by identity, in hex
	happened                []operation
}

// newWorld starts everything: the schema by the servers' own tool, and what is
// booked by its own import.
func newWorld(t *testing.T, count, floods int) *world {
	t.Helper()
	program := build(t)
	w := &world{postgres: storetest.NewServer(t)}
	w.database = w.postgres.URL(localpg.Database)
	tool := func(stdin string, args ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Dir, cmd.Env, cmd.Stdin = t.TempDir(), environment(map[string]string{"database_url": w.database, "delivery_key": demo.DeliveryKey}), strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("server %v: %v\n%s", args, err, out)
		}
	}
	tool("", "migrate")
	tool(merchantsCSV(), "import", "merchants", "-")
	w.waybills, w.flood = newWaybills("H", count), newWaybills("F", floods*flooded)
	tool(waybillsCSV(slices.Concat(w.waybills, w.flood)), "import", "waybills", "-")
	w.pay(t)
	for _, kind := range []string{"services", "areas", "ranges"} {
		text, err := os.ReadFile(filepath.Join("../demo/samples", kind+".csv"))
		storetest.Must(t, err)
		tool(string(text), "import", kind, "-")
	}
	tool("shop_id,secret\n"+demo.ShopID+","+shopKey+"\n", "import", "shops", "-")
	w.receivers = []*receiver{
		newReceiver(t, "dispatch"),
		newReceiver(t, "billing", eventCancelled, eventCharged, eventPlaced, eventStatus),
	}
	w.platform = newPlatform(t)
	w.servers = []*server{
		newServer(t, "A", program, w.database, "cache_statement", w.receivers, w.platform),
		newServer(t, "B", program, w.database, "exec", w.receivers, w.platform),
	}
	w.platform.servers = w.servers
	if *withStandby {
		w.sql(t, "ALTER SYSTEM SET wal_keep_size = '1GB'") // a standby that was away finds what it missed
		w.sql(t, "SELECT pg_reload_conf()")
		storetest.Must(t, w.follow(t.Context(), t))
	}
	return w
}

func newWaybills(prefix string, count int) (all []waybill) {
	for i := range count {
		number := fmt.Sprintf("%s%07d", prefix, i)
		all = append(all, waybill{merchant: merchant(i % merchants), number: number, order: "order-" + number, pushes: map[string]uint8{}})
	}
	return all
}

func merchant(i int) string { return fmt.Sprintf("merchant-%d", i) }

// prepaid tells which merchants have a quota.
func prepaid(i int) bool { return i%2 == 0 }

func merchantsCSV() string {
	var csv strings.Builder
	csv.WriteString("biz_id,biz_pwd,quota\n")
	for i := range merchants {
		quota := ""
		if prepaid(i) {
			quota = fmt.Sprint(allowance)
		}
		fmt.Fprintf(&csv, "%s,%s,%s\n", merchant(i), password, quota)
	}
	return csv.String()
}

func waybillsCSV(waybills []waybill) string {
	var csv strings.Builder
	csv.WriteString("biz_id,waybill_id,order_id\n")
	for _, w := range waybills {
		fmt.Fprintf(&csv, "%s,%s,%s\n", w.merchant, w.number, w.order)
	}
	return csv.String()
}

// pay makes the waybills of merchants with a quota such as were booked by a push:
// whatever cancels one before the courier has it gives back what it took.
func (w *world) pay(t *testing.T) {
	w.sql(t, `UPDATE waybill w SET from_quota = true FROM quota q WHERE q.biz_id = w.biz_id`)
}

// sql runs a statement past the servers and their cables.
func (w *world) sql(t *testing.T, sql string, into ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.database)
	storetest.Must(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	if len(into) == 0 {
		_, err = conn.Exec(t.Context(), sql)
	} else {
		err = conn.QueryRow(t.Context(), sql).Scan(into...)
	}
	storetest.Must(t, err)
}
