package calls

import (
	"context"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat/client"
)

// PathReader reads what updatePath says. *express.Store is one.
type PathReader interface {
	// BookedByWeChat tells which waybills a push has booked.
	BookedByWeChat(ctx context.Context, waybillIDs []string) (map[string]bool, error)
	PathNode(ctx context.Context, e *event.Event) (waybill.PathNode, error)
}

// UpdatePath reports each scan of a waybill that WeChat has booked, but for those that are
// kept back: see waybill.KeptBack.
func UpdatePath(r PathReader) Call {
	return Call{
		name: "updatePath",
		keptBack: func(e *event.Event) bool {
			return e.Kind != event.WaybillScanned ||
				waybill.KeptBack(waybill.Action(e.Body.ActionType), waybill.Status(e.Body.StatusBefore), waybill.Status(e.Body.Status))
		},
		ofWeChat: func(ctx context.Context, all []event.Event) ([]bool, error) {
			ids := make([]string, len(all))
			for i := range all {
				ids[i] = all[i].Body.WaybillID
			}
			booked, err := r.BookedByWeChat(ctx, ids)
			known := make([]bool, len(all))
			for i, id := range ids {
				known[i] = booked[id]
			}
			return known, err
		},
		read: func(ctx context.Context, e *event.Event) (func(context.Context, *client.Client) error, error) {
			n, err := r.PathNode(ctx, e)
			return func(ctx context.Context, c *client.Client) error {
				return c.UpdatePath(ctx, client.PathNode{
					Token: n.Token, WaybillID: n.WaybillID, Time: notAfterNow(n.At), Action: int(n.Action), Message: n.Message,
				})
			}, err
		},
	}
}

// notAfterNow is a time as WeChat takes it: a courier's clock may be ahead.
func notAfterNow(at time.Time) int64 { return min(at.Unix(), time.Now().Unix()) }
