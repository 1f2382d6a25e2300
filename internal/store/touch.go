package store

// A resolved job's row is written to without a change: see batch.QueueTouch.
const touchWaybills = `UPDATE waybill w
		SET status = w.status
		FROM unnest($1::text[], $2::text[]) AS q (biz_id, waybill_id)
		WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`
