package main

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// blockWith is the one block of the runbook's SQL that has this in it.
func blockWith(t *testing.T, part string) string {
	t.Helper()
	var found []string
	for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(read(t, runbook), -1) {
		if strings.Contains(block[1], part) {
			found = append(found, block[1])
		}
	}
	if len(found) != 1 {
		t.Fatalf("docs/runbook.md has %d blocks with %q", len(found), part)
	}
	return found[0]
}

// The runbook's query has all that a rider needs of an order that wants one, with the tip
// of now, and of no other.
func TestRunbookDispatch(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	p := start(t, testConfig(url, wechat.Plain))
	s, api := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.JSON)}, carrier{tb: t, p: p}
	conn := connect(t, url)
	query := blockWith(t, "d.details->'receiver'")
	rows := func(want int) []map[string]any {
		t.Helper()
		found, _ := conn.Query(t.Context(), query)
		rows, err := pgx.CollectRows(found, pgx.RowToMap)
		if err != nil || len(rows) != want {
			t.Fatalf("%d orders want a rider, want %d: %v", len(rows), want, err)
		}
		return rows
	}
	rows(0)
	const id = demo.ShopOrderID
	booked := s.order(wechat.EventAddOrder, id)
	expected := time.Now().Add(20 * 24 * time.Hour).Truncate(time.Second)
	booked.OrderInfo.OrderType, booked.OrderInfo.ExpectedDelivery = "1", strconv.FormatInt(expected.Unix(), 10)
	first := s.places(0, booked)
	another := s.places(0, s.order(wechat.EventAddOrder, "another"))
	s.send(0, wechat.EventAddTips, id, first.WaybillID)
	row := rows(1)[0]
	if row["waybill_id"] != first.WaybillID || row["tips_now_fen"] != int64(550) || !row["expected"].(time.Time).Equal(expected) ||
		row["finish_code"] != int32(first.FinishCode) || row["pickup_code"] != int32(first.PickupCode) {
		t.Errorf("it is of %v, with %v fen, for %v", row["waybill_id"], row["tips_now_fen"], row["expected"])
	}
	for column, name := range map[string]string{"sender": booked.Sender.Name, "receiver": booked.Receiver.Name} {
		if row[column].(map[string]any)["name"] != name {
			t.Errorf("%s is another one", column)
		}
	}
	if len(row["cargo"].(map[string]any)["goods"].([]any)) == 0 {
		t.Error("the goods are missing")
	}
	s.send(0, wechat.EventCancelOrder, id, first.WaybillID)
	rows(0)
	second := s.places(0, s.order(wechat.EventReaddOrder, id))
	if again := rows(1)[0]; again["waybill_id"] != second.WaybillID || again["attempt"] != int32(2) {
		t.Errorf("placed again it is attempt %v", again["attempt"])
	}
	api.reports(200, id, second.WaybillID, 102, time.Now())
	rows(0)
	api.reports(200, "another", another.WaybillID, 102, time.Now())
}

// The runbook's statements leave nothing of an order's personal data, of all its
// attempts, and nothing else is gone.
func TestRunbookErases(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	p := start(t, testConfig(url, wechat.Plain))
	s, api := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.JSON)}, carrier{tb: t, p: p}
	says := func(order, waybillID, status string) {
		t.Helper()
		api.call(200, http.MethodPost, "/v1/delivery/orders/"+demo.ShopID+"/"+order+"/status",
			`{"waybill_id":"`+waybillID+`","order_status":`+status+`,"action_time":`+strconv.FormatInt(time.Now().Unix(), 10)+`,"action_msg":"rider 13800000000","agent":{"name":"rider","phone":"13800000000"}}`)
	}
	for _, order := range []string{demo.ShopOrderID, "another"} {
		r := s.places(0, s.order(wechat.EventAddOrder, order))
		says(order, r.WaybillID, "102")
		says(order, r.WaybillID, "205")
		r = s.places(0, s.order(wechat.EventReaddOrder, order))
		says(order, r.WaybillID, "102")
	}
	execute(t, url, blockWith(t, "DELETE FROM delivery_details"))
	for table, want := range map[string]string{ // of the one order and of the other
		"delivery_details": "0 2", "delivery_attempt WHERE message <> ''": "0 2", "delivery_step WHERE message <> ''": "0 3", "delivery_step WHERE agent IS NOT NULL": "0 3",
		"delivery_attempt": "2 2", "delivery_step": "5 5",
	} {
		got := query(t, url, `SELECT concat_ws(' ', count(*) FILTER (WHERE order_id = $1), count(*) FILTER (WHERE order_id = 'another')) FROM `+table, demo.ShopOrderID)
		if got != want {
			t.Errorf("%s: %s rows, want %s", table, got, want)
		}
	}
	s.send(0, wechat.EventCancelOrder, demo.ShopOrderID, "")
	s.places(1036, s.order(wechat.EventReaddOrder, demo.ShopOrderID))
}

// docs/backup.md names each table that has what people are called, where they live
// and what was said of them; a dump that is to be without them leaves all of them out.
func TestBackupNamesPersonalTables(t *testing.T) {
	t.Parallel()
	var tables []string
	for _, p := range personal {
		if !p.secret {
			tables = append(tables, p.table)
		}
	}
	section := sectionOf(read(t, "../../docs/backup.md"), "## Personal data")
	leaves := regexp.MustCompile(`--exclude-table-data='?([a-z_*]+)'?`).FindAllStringSubmatch(section, -1)
	for _, table := range tables {
		if !strings.Contains(section, "`"+table+"`") {
			t.Errorf("docs/backup.md does not name %s", table)
		}
		left := false
		for _, m := range leaves {
			prefix, all := strings.CutSuffix(m[1], "*")
			// What is partitioned has its rows in its months.
			left = left || m[1] == table || all && strings.HasPrefix(table+"_", prefix)
		}
		if !left {
			t.Errorf("the dump without personal data has %s", table)
		}
	}
}
