package store

import "carrierhook/internal/waybill"

// waybillFollows is waybill.Status.CanFollow in SQL, where statuses compare by
// their order. A line without a status says nothing, and follows everything.
const waybillFollows = `l.status IS NULL OR l.status = w.status
	OR w.status NOT IN ('signed', 'cancelled') AND l.status > w.status`

var waybillImport = importKind{
	table:    "waybill",
	required: []string{"biz_id", "waybill_id", "order_id"},
	optional: []string{
		"shop_app_id", "service", "status", "booked_at", "collected_at", "charged_at", "signed_at", "cancelled_at",
	},
	staged: []importColumn{
		{"biz_id", `text COLLATE "C" NOT NULL`},
		{"waybill_id", `text COLLATE "C" NOT NULL`},
		{"order_id", `text COLLATE "C" NOT NULL`},
		{"shop_app_id", `text COLLATE "C" NOT NULL`},
		{"service", `text COLLATE "C" NOT NULL`},
		{"status", "waybill_status"},
		{"booked_at", "timestamptz"},
		{"collected_at", "timestamptz"},
		{"charged_at", "timestamptz"},
		{"signed_at", "timestamptz"},
		{"cancelled_at", "timestamptz"},
	},
	parse: parseWaybill,

	fileFaults: []string{
		`SELECT line, 'waybill_id', 'the waybill stands on line ' || first || ' already'
			FROM (SELECT line, min(line) OVER (PARTITION BY waybill_id) AS first FROM import_line) AS l
			WHERE line > first`,
		`SELECT line, 'order_id', 'the order stands on line ' || first || ' already'
			FROM (SELECT line, min(line) OVER (PARTITION BY biz_id, order_id) AS first FROM import_line) AS l
			WHERE line > first`,
	},
	databaseFaults: []string{
		`SELECT l.line, 'biz_id', 'no merchant has this id; import the merchants first'
			FROM import_row l
			WHERE l.n > $1 AND l.n <= $2 AND NOT EXISTS (SELECT FROM merchant m WHERE m.biz_id = l.biz_id)`,
		`SELECT l.line, 'waybill_id', 'the waybill belongs to another merchant'
			FROM import_row l
			JOIN waybill w ON w.waybill_id = l.waybill_id
			WHERE l.n > $1 AND l.n <= $2 AND w.biz_id <> l.biz_id`,
		`SELECT l.line, 'waybill_id', 'the number is an instant delivery''s'
			FROM import_row l
			JOIN delivery_attempt a ON a.waybill_id = l.waybill_id
			WHERE l.n > $1 AND l.n <= $2`,
		`SELECT l.line, 'order_id', 'the order has another waybill: ' || w.waybill_id
			FROM import_row l
			JOIN waybill w ON w.biz_id = l.biz_id AND w.order_id = l.order_id
			WHERE l.n > $1 AND l.n <= $2 AND w.waybill_id <> l.waybill_id`,
	},

	key: []string{"biz_id", "waybill_id"},
	insert: []importValue{
		{"biz_id", "l.biz_id"},
		{"waybill_id", "l.waybill_id"},
		{"order_id", "l.order_id"},
		{"shop_app_id", "l.shop_app_id"},
		{"service", "l.service"},
		{"status", "coalesce(l.status, 'booked')"},
		{"booked_at", "coalesce(l.booked_at, now())"},
		{"collected_at", "l.collected_at"},
		{"charged_at", "l.charged_at"},
		{"signed_at", "l.signed_at"},
		{"cancelled_at", "l.cancelled_at"},
	},
	merge:   mergeWaybill,
	follows: waybillFollows,
}

// mergeWaybill is what becomes of a waybill that is known already. The order of
// a waybill that a push booked stays: the same order must get it again. The time
// of a cancel that a push won belongs to that push. Signed and cancelled have no
// way back, and their times come with them.
func mergeWaybill(has func(column string) bool) []importValue {
	merge := []importValue{{"order_id",
		"CASE WHEN w.book_push IS NULL AND w.cancel_push IS NULL THEN l.order_id ELSE w.order_id END"}}
	for _, v := range []importValue{
		{"shop_app_id", unlessPush("shop_app_id")},
		{"service", "l.service"},
		{"booked_at", "coalesce(l.booked_at, w.booked_at)"},
		{"collected_at", "CASE WHEN l.status IS NULL THEN w.collected_at ELSE l.collected_at END"},
		{"charged_at", "l.charged_at"},
		{"status", "coalesce(l.status, w.status)"},
		{"signed_at", "CASE WHEN l.status IS NULL THEN w.signed_at ELSE l.signed_at END"},
		{"cancelled_at", "CASE WHEN l.status IS NULL OR w.cancel_push IS NOT NULL THEN w.cancelled_at ELSE l.cancelled_at END"},
	} {
		if has(v.column) {
			merge = append(merge, v)
		}
	}
	return merge
}

// unlessPush keeps what a push has to name, once one has cancelled the waybill:
// the same push must be told the same when it comes again.
func unlessPush(column string) string {
	return "CASE WHEN w.cancel_push IS NULL THEN l." + column + " ELSE w." + column + " END"
}

func parseWaybill(l *importLine) []any {
	row := []any{
		l.id("biz_id", waybill.MaxID),
		l.id("waybill_id", waybill.MaxID),
		l.id("order_id", waybill.MaxOrderID),
		l.text("shop_app_id"),
		l.text("service"),
		nil,
		l.time("booked_at"),
		l.time("collected_at"),
		l.time("charged_at"),
		l.time("signed_at"),
		l.time("cancelled_at"),
	}
	status, ok := l.status("status")
	if ok {
		checkTimes(l, status)
	}
	if status != "" {
		row[5] = string(status)
	}
	return row
}

// checkTimes says in words what the schema's constraints would refuse.
func checkTimes(l *importLine, status waybill.Status) {
	is := string(status)
	if status == "" {
		status, is = waybill.Booked, "empty, that is booked"
	}
	for _, end := range []struct {
		column string
		status waybill.Status
	}{
		{"signed_at", waybill.Signed}, {"cancelled_at", waybill.Cancelled},
	} {
		switch {
		case status == end.status && !l.set(end.column):
			l.fault(end.column, "is empty, but the status is "+is)
		case status != end.status && l.set(end.column):
			l.fault(end.column, "is set, but the status is "+is)
		}
	}
	if status == waybill.Booked && l.set("collected_at") {
		l.fault("collected_at", "is set, but the status is "+is)
	}
}
