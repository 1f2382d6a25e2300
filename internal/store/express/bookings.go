package express

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// Rows are written in the order in which they are given: servers that book the
// same orders wait for each other, and do not lock each other out.
//
// The waybill alone tells whether a number is free. What is left of a booking whose
// waybill somebody has deleted by hand makes room for the new one.
const (
	insertWaybills = `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id, service, status, booked_at, book_push, from_quota, account)
		SELECT biz_id, waybill_id, order_id, shop_app_id, service, 'booked', $1, push, from_quota, account
		FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::boolean[], $9::text[])
			AS q (biz_id, waybill_id, order_id, shop_app_id, service, push, from_quota, account)`

	insertBookings = `INSERT INTO booking (biz_id, waybill_id, token, label, grams, length_mm, width_mm, height_mm, pieces, insured_fen)
		SELECT biz_id, waybill_id, token, label, grams, length_mm, width_mm, height_mm, pieces, insured_fen
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
			$9::bigint[], $10::bigint[])
			AS q (biz_id, waybill_id, token, label, grams, length_mm, width_mm, height_mm, pieces, insured_fen)
		ON CONFLICT (biz_id, waybill_id) DO UPDATE
		SET (token, label, grams, length_mm, width_mm, height_mm, pieces, insured_fen) = (excluded.token, excluded.label,
			excluded.grams, excluded.length_mm, excluded.width_mm, excluded.height_mm, excluded.pieces, excluded.insured_fen)`

	insertContacts = `INSERT INTO booking_contact (biz_id, waybill_id, booked_at, sender, receiver, remark, goods)
		SELECT biz_id, waybill_id, $1, sender::jsonb, receiver::jsonb, remark, goods::jsonb
		FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
			AS q (biz_id, waybill_id, sender, receiver, remark, goods)
		ON CONFLICT (biz_id, waybill_id) DO UPDATE
		SET (booked_at, sender, receiver, remark, goods) =
			(excluded.booked_at, excluded.sender, excluded.receiver, excluded.remark, excluded.goods)`
)

// queueBookings writes what was booked, and takes it off the quotas.
func (tx *bookTransaction) queueBookings(b *pgx.Batch, made []*bookJob) {
	slices.SortFunc(made, func(x, y *bookJob) int {
		return cmp.Or(strings.Compare(x.req.BizID, y.req.BizID), strings.Compare(x.req.OrderID, y.req.OrderID))
	})
	queueWaybills(b, tx.Now, made)
	queueParcels(b, made)
	queueContacts(b, tx.Now, made)
	quotas, last := map[string]int64{}, map[string]*bookJob{}
	for _, j := range made {
		if j.decision.FromQuota {
			quotas[j.req.BizID]--
			last[j.req.BizID] = j
		}
	}
	if !tx.store.events.Wants(event.MerchantQuotaLow) {
		queueQuotas(b, quotas)
		return
	}
	queueQuotasWithEvents(b, quotas, tx.store.events, func(bizID string) events.QuotaLow {
		p := &last[bizID].req.Push
		return tx.store.events.QuotaLow(p.Account, tx.Now, bizID, string(p.ID[:]), pushSource(p))
	})
}

func queueWaybills(b *pgx.Batch, now time.Time, made []*bookJob) {
	bizIDs, waybillIDs := keysOf(made)
	n := len(made)
	orderIDs, shops, services := make([]string, n), make([]string, n), make([]string, n)
	pushes, fromQuota, accounts := make([][]byte, n), make([]bool, n), make([]string, n)
	for i, j := range made {
		orderIDs[i], shops[i], services[i] = j.req.OrderID, j.req.ShopAppID, j.decision.Service
		pushes[i], fromQuota[i], accounts[i] = j.req.Push.ID[:], j.decision.FromQuota, j.req.Push.Account
	}
	b.Queue(insertWaybills, now, bizIDs, waybillIDs, orderIDs, shops, services, pushes, fromQuota, accounts)
}

func queueParcels(b *pgx.Batch, made []*bookJob) {
	bizIDs, waybillIDs := keysOf(made)
	n := len(made)
	tokens, labels := make([]string, n), make([]string, n)
	grams, lengths, widths, heights := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	pieces, insured := make([]int64, n), make([]int64, n)
	for i, j := range made {
		tokens[i], labels[i] = pg.Storable(j.req.Token), j.decision.Label
		p := &j.req.Parcel
		grams[i], lengths[i], widths[i], heights[i], pieces[i] = p.Grams, p.Length, p.Width, p.High, p.Count
		if j.req.Insurance.Wanted {
			insured[i] = j.req.Insurance.Value
		}
	}
	b.Queue(insertBookings, bizIDs, waybillIDs, tokens, labels, grams, lengths, widths, heights, pieces, insured)
}

func queueContacts(b *pgx.Batch, now time.Time, made []*bookJob) {
	bizIDs, waybillIDs := keysOf(made)
	n := len(made)
	senders, receivers, remarks, goods := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, j := range made {
		senders[i], receivers[i] = contactText(j.req.Sender), contactText(j.req.Receiver)
		remarks[i] = pg.Storable(j.req.Remark)
		goods[i] = goodsText(j.req.Parcel.Goods)
	}
	b.Queue(insertContacts, now, bizIDs, waybillIDs, senders, receivers, remarks, goods)
}

func keysOf(made []*bookJob) (bizIDs, waybillIDs []string) {
	bizIDs, waybillIDs = make([]string, len(made)), make([]string, len(made))
	for i, j := range made {
		bizIDs[i], waybillIDs[i] = j.req.BizID, j.decision.WaybillID
	}
	return bizIDs, waybillIDs
}

// contactText writes a contact as it is kept. The rules' own types do not let
// themselves be written.
func contactText(c waybill.Contact) string {
	return pg.JSON(struct{ Name, Tel, Mobile, Company, PostCode, Country, Province, City, Area, Address string }{
		c.Name, c.Tel, c.Mobile, c.Company, c.PostCode, c.Country, c.Province, c.City, c.Area, c.Address,
	})
}

// goodsText writes goods as they are kept.
func goodsText(goods []waybill.Goods) string {
	type line struct {
		Name  string
		Count int64
	}
	lines := make([]line, len(goods)) // [] and not null
	for i, g := range goods {
		lines[i] = line{g.Name, g.Count}
	}
	return pg.JSON(lines)
}
