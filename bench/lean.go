package main

// lean is the same work written for one waybill: what a good server without
// sets would send. It is the harder baseline, because the store's statements
// pay for being made for many.
var lean = []string{
	`BEGIN;`,
	`SELECT set_config('lock_timeout', '1000', true), set_config('statement_timeout', '3000', true), set_config('idle_in_transaction_session_timeout', '3000', true);`,
	`SELECT biz_id, waybill_id, order_id, shop_app_id, service, status::text, booked_at, collected_at, charged_at, signed_at, cancelled_at, cancel_push, from_quota, first_scan_at FROM waybill WHERE biz_id = :biz::text AND waybill_id = :waybill::text FOR UPDATE;`,
	`SELECT clock_timestamp(), biz_id, password_hash, cancel_allowed FROM merchant WHERE biz_id = :biz::text;`,
	`UPDATE waybill SET status = 'cancelled', cancelled_at = :now::timestamptz, cancel_push = (:identities::bytea[])[1] WHERE biz_id = :biz::text AND waybill_id = :waybill::text;`,
	`INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us) VALUES (:biz::text, :waybill::text, :now::timestamptz, :id::bigint, :order::text, 'cancel_waybill', 'xml', 'secure', (:identities::bytea[])[1], 0, 'accepted', false, 1234);`,
	`COMMIT;`,
}
