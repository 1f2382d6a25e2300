package express

import (
	"context"
	"fmt"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

const readBooked = `SELECT waybill_id FROM waybill WHERE waybill_id = ANY ($1) AND book_push IS NOT NULL`

// BookedByWeChat tells which of waybills a push has booked: WeChat takes calls about no others.
func (s *Store) BookedByWeChat(ctx context.Context, waybillIDs []string) (booked map[string]bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = s.pool.Read(ctx, false, func(b *pgx.Batch) { b.Queue(readBooked, waybillIDs) }, func(res pgx.BatchResults) error {
		booked = map[string]bool{}
		return pg.EachRow(res, func(rows pgx.Rows) error {
			var id string
			err := rows.Scan(&id)
			booked[id] = true
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read which waybills WeChat has booked: %w", err)
	}
	return booked, nil
}
