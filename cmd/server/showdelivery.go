package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/waybill"

	"github.com/spf13/cobra"
)

func showDeliveryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "delivery SHOP_ID SHOP_ORDER_ID",
		Short: "An instant delivery's attempts, the status reports of each, and each push about it, with the answer and the reason",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(_ config.Config, st *store.Store) error {
				ctx, stop := context.WithTimeout(cmd.Context(), showTimeout)
				defer stop()
				r, pushes, more, err := st.Instant.History(ctx, args[0], args[1], maxShownPushes)
				if err != nil {
					return err
				}
				showDelivery(cmd.OutOrStdout(), r)
				showEntries(cmd.OutOrStdout(), pushes, more)
				return nil
			})
		},
	}
}

// showDelivery prints an order of instant delivery, without the messages of its steps
// and its codes: the ones may hold a rider's telephone number, the others open a
// door.
func showDelivery(out io.Writer, r delivery.OrderHistory) {
	fmt.Fprintf(out, "order %s of shop %s\n", r.OrderID, r.ShopID)
	showLine(out, "store", r.ShopNo)
	contacts := "stored"
	if r.Erased {
		contacts = "erased"
	}
	showLine(out, "contacts", contacts)
	for _, a := range r.Attempts {
		fmt.Fprintf(out, "attempt %d, waybill %s\n", a.Number, a.WaybillID)
		showLine(out, "status", fmt.Sprintf("%d %s, since %s", a.Status, a.Status.Text(), moment(a.StatusAt)))
		showLine(out, "account", a.Account)
		showLine(out, "placed", moment(a.PlacedAt)+", by push "+shortID(a.Push))
		expires := moment(a.ExpiresAt)
		if a.Expired {
			expires += ": expired, and placed again"
		}
		showLine(out, "expires", expires)
		showLine(out, "fee", strings.Join(fees(a.Attempt), ", "))
		showLine(out, "distance", fmt.Sprintf("%d m", a.Quote.Metres))
		if a.CancelReason != 0 {
			showLine(out, "cancelled", fmt.Sprintf("for cancel_reason_id %d", a.CancelReason))
		}
		for _, step := range a.Steps {
			fmt.Fprintf(out, "  %s  %d %s  recorded %s, reported by %s\n",
				moment(step.At), step.Status, step.Status.Text(), moment(step.RecordedAt), step.RecordedBy)
		}
	}
}

// fees are an attempt's amounts, those that are nothing left out.
func fees(a delivery.Attempt) []string {
	list := []string{yuan(int64(a.Quote.Fee())) + " yuan"}
	for _, part := range []struct {
		fen  delivery.Fen
		says string
	}{
		{a.Quote.Coupon, "after a coupon of %s"}, {a.Quote.Insurance, "insurance %s"}, {a.TipsNow, "tips %s"}, {a.Deducted, "deducted %s"},
	} {
		if part.fen != 0 {
			list = append(list, fmt.Sprintf(part.says, yuan(int64(part.fen))))
		}
	}
	return list
}

// reasonWords says in words why an event was decided as it was.
func reasonWords(a ledger.Entry) string {
	if ledger.Instant(a.Event) {
		return delivery.Reason(a.Reason).Text()
	}
	return waybill.Reason(a.Reason).Text()
}
