package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

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
				b, err := st.Booking(cmd.Context(), args[0], args[1])
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				showWaybill(cmd.OutOrStdout(), args[0], args[1], w)
				if err == nil {
					showBooking(cmd.OutOrStdout(), b)
				}
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
	line := func(name, value string) { showLine(out, name, value) }
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
	switch {
	case w.FromQuota && w.CancelledBy != (waybill.PushID{}):
		line("quota", "one was taken, and given back")
	case w.FromQuota:
		line("quota", "one was taken")
	}
}

// showBooking tells what a push booked, and nothing of who sends what to whom.
func showBooking(out io.Writer, b store.BookingRow) {
	insured := "no"
	if b.InsuredFen > 0 {
		insured = fmt.Sprintf("for %d.%02d yuan", b.InsuredFen/100, b.InsuredFen%100)
	}
	contacts := "erased"
	if b.HasContacts {
		contacts = "kept"
	}
	showLine(out, "label", b.Label)
	showLine(out, "pieces", strconv.FormatInt(b.Pieces, 10))
	showLine(out, "weight", fmt.Sprintf("%d.%03d kg", b.Grams/1000, b.Grams%1000))
	showLine(out, "insured", insured)
	showLine(out, "contacts", contacts)
}

func showLine(out io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(out, "  %-10s %s\n", name, value)
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
		switch {
		case p.Repeat && p.Event == wechat.EventAddWaybill: // by this push or another
			words += ", said again about the same order"
		case p.Repeat:
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
