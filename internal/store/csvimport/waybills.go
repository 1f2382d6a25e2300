package csvimport

import "carrierhook/internal/waybill"

// Waybills are merged. A line with an empty status says nothing about how far the parcel
// has come: the status and the times that belong to it stay.
//
// A status never moves backwards, and a cancel that a push won is never undone: its
// time belongs to that push, and so do the ids that it named, because the same push
// must get the same answer again. The order of a waybill that a push booked stays for
// the same reason.
var Waybills = Kind{
	table: "waybill",
	key:   []string{"biz_id", "waybill_id"},
	columns: []column{
		{name: "biz_id", read: id(waybill.MaxID)},
		{name: "waybill_id", read: id(waybill.MaxID)},
		{name: "order_id", read: id(waybill.MaxOrderID), updated: "CASE WHEN w.book_push IS NULL AND w.cancel_push IS NULL THEN l.order_id ELSE w.order_id END"},
		{name: "shop_app_id", optional: true, read: text(waybill.MaxID), updated: "CASE WHEN w.cancel_push IS NULL THEN l.shop_app_id ELSE w.shop_app_id END"},
		{name: "service", optional: true, read: text(waybill.MaxID)},
		{name: "status", optional: true, readLine: status, fallback: "'booked'"},
		{name: "booked_at", optional: true, read: optional(timestamp), fallback: "now()"},
		{name: "collected_at", optional: true, read: optional(timestamp), updated: "CASE WHEN l.status IS NULL THEN w.collected_at ELSE l.collected_at END"},
		{name: "charged_at", optional: true, read: optional(timestamp)},
		{name: "signed_at", optional: true, read: optional(timestamp), updated: "CASE WHEN l.status IS NULL THEN w.signed_at ELSE l.signed_at END"},
		{name: "cancelled_at", optional: true, read: optional(timestamp), updated: "CASE WHEN l.status IS NULL OR w.cancel_push IS NOT NULL THEN w.cancelled_at ELSE l.cancelled_at END"},
	},
	fileChecks: []string{
		repeated("waybill_id", "waybill_id", "the waybill"),
		repeated("biz_id, order_id", "order_id", "the order"),
	},
	databaseChecks: []string{
		`SELECT l.line, 'biz_id', 'no merchant has this id; import the merchants first'
			FROM import_row l
			WHERE {chunk} AND NOT EXISTS (SELECT FROM merchant m WHERE m.biz_id = l.biz_id)`,
		// A misspelt service would not have what is agreed for the right one, such as no
		// cancelling. Parcels beyond that may be of a service that is no more, and a
		// carrier without any services has none to compare with.
		`SELECT l.line, 'service', 'no service has this code; import the services first, or leave it empty'
			FROM import_row l
			WHERE {chunk} AND l.service <> '' AND coalesce(l.status::text, 'booked') = 'booked'
				AND EXISTS (SELECT FROM service)
				AND NOT EXISTS (SELECT FROM service s WHERE s.code = l.service)
				AND NOT EXISTS (SELECT FROM waybill w WHERE w.biz_id = l.biz_id AND w.waybill_id = l.waybill_id AND w.service = l.service)`,
		`SELECT l.line, 'waybill_id', 'the waybill belongs to another merchant'
			FROM import_row l
			JOIN waybill w ON w.waybill_id = l.waybill_id
			WHERE {chunk} AND w.biz_id <> l.biz_id`,
		`SELECT l.line, 'waybill_id', 'the number is an instant delivery''s'
			FROM import_row l
			JOIN delivery_attempt a ON a.waybill_id = l.waybill_id
			WHERE {chunk}`,
		`SELECT l.line, 'order_id', 'the order has another waybill: ' || w.waybill_id
			FROM import_row l
			JOIN waybill w ON w.biz_id = l.biz_id AND w.order_id = l.order_id
			WHERE {chunk} AND w.waybill_id <> l.waybill_id`,
	},

	// This is waybill.Status.CanFollow, for statuses compare by their order. A line
	// without a status follows everything.
	follows: `l.status IS NULL OR l.status = w.status
		OR w.status NOT IN ('signed', 'cancelled') AND l.status > w.status`,
}

// status is nil for an empty cell. It names what the schema's constraints would refuse of
// the times.
func status(l *line) any {
	name := l.trimmed("status")
	status, is := waybill.Status(name), name
	if name == "" {
		status, is = waybill.Booked, "empty, that is booked"
	}
	if _, err := waybill.ParseStatus(string(status)); err != nil {
		_, err = waybill.ParseStatus(shortened(name))
		l.problem("status", err.Error())
		return nil
	}
	for _, time := range []struct {
		column    string
		need, may bool
	}{
		{"collected_at", false, status != waybill.Booked},
		{"signed_at", status == waybill.Signed, status == waybill.Signed},
		{"cancelled_at", status == waybill.Cancelled, status == waybill.Cancelled},
	} {
		switch set := l.trimmed(time.column) != ""; {
		case time.need && !set:
			l.problem(time.column, "is empty, but the status is "+is)
		case set && !time.may:
			l.problem(time.column, "is set, but the status is "+is)
		}
	}
	if name == "" {
		return nil
	}
	return name
}
