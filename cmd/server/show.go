package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"

	"github.com/spf13/cobra"
)

func showCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "show", Short: "Explain what happened"}
	cmd.AddCommand(&cobra.Command{
		Use:   "waybill BIZ_ID WAYBILL_ID",
		Short: "A waybill's state and every push that asked about it, with the answer and the reason",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(st *store.Store) error {
				w, pushes, err := st.Waybill(cmd.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				showWaybill(cmd.OutOrStdout(), args[0], args[1], w)
				showPushes(cmd.OutOrStdout(), pushes)
				return nil
			})
		},
	})
	return cmd
}

func showWaybill(out io.Writer, bizID, id string, w *waybill.Waybill) {
	fmt.Fprintf(out, "waybill %s of merchant %s\n", id, bizID)
	if w == nil {
		fmt.Fprintln(out, "  this merchant has no such waybill")
		return
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(out, "  %-10s %s\n", name, value)
		}
	}
	line("status", string(w.Status))
	line("order", w.OrderID)
	line("shop", w.ShopAppID)
	line("service", w.Service)
	line("booked", moment(w.BookedAt))
	line("collected", moment(w.CollectedAt))
	line("charged", moment(w.ChargedAt))
	line("signed", moment(w.SignedAt))
	line("cancelled", moment(w.CancelledAt))
	if w.CancelledBy != (waybill.PushID{}) {
		line("by push", shortID(w.CancelledBy[:]))
	}
}

func showPushes(out io.Writer, pushes []store.PushRow) {
	if len(pushes) == 0 {
		fmt.Fprintln(out, "nobody asked about it")
		return
	}
	fmt.Fprintln(out, "asked about by:")
	for _, p := range pushes {
		answer := "success"
		if p.ResultCode != nil {
			answer = strconv.Itoa(int(*p.ResultCode))
		}
		words := waybill.Reason(p.Reason).Words()
		if p.Repeat {
			words += ", said again to the same push"
		}
		fmt.Fprintf(out, "  %s  %s (%s, %s)  order %s  push %s  answered %s: %s  in %v\n",
			moment(p.At), p.Event, p.Format, p.Mode, p.OrderID, shortID(p.Identity), answer, words, p.Took)
	}
}

// shortID is enough of an identity to tell a push from its neighbours.
func shortID(id []byte) string { return fmt.Sprintf("%x", id[:6]) }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000Z")
}
