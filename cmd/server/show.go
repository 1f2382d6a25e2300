package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"github.com/spf13/cobra"
)

// The limits of show: pushes of a waybill, and the time for reading while the database
// does not answer.
const (
	maxShownPushes = 1000
	showTimeout    = 30 * time.Second
)

func showCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "show", Short: "Explain what happened"}
	cmd.AddCommand(&cobra.Command{
		Use:   "waybill BIZ_ID WAYBILL_ID",
		Short: "A waybill's state, its scans, and each push about it, with the answer and the reason",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(_ config.Config, st *store.Store) error {
				ctx, stop := context.WithTimeout(cmd.Context(), showTimeout)
				defer stop()
				h, err := st.Express.History(ctx, args[0], args[1], maxShownPushes)
				if err != nil {
					return err
				}
				showHistory(cmd.OutOrStdout(), args[0], args[1], h)
				return nil
			})
		},
	}, showDeliveryCommand())
	besideDemo(cmd)
	return cmd
}

func showHistory(out io.Writer, bizID, id string, h waybill.History) {
	showWaybill(out, bizID, id, h.Waybill)
	if h.Booking != nil {
		showBooking(out, *h.Booking)
	}
	showScans(out, h.Scans)
	showEntries(out, h.Pushes, h.More)
}

func showWaybill(out io.Writer, bizID, id string, w *waybill.Waybill) {
	fmt.Fprintf(out, "waybill %s of merchant %s\n", id, bizID)
	if w == nil {
		fmt.Fprintln(out, "  this merchant has no such waybill")
		return
	}
	for _, line := range [][2]string{
		{"status", string(w.Status)}, {"order", w.OrderID}, {"shop", w.ShopAppID}, {"service", w.Service}, {"account", w.Account}, {"booked", moment(w.BookedAt)},
		{"collected", moment(w.CollectedAt)}, {"charged", moment(w.ChargedAt)}, {"signed", moment(w.SignedAt)}, {"cancelled", moment(w.CancelledAt)},
	} {
		showLine(out, line[0], line[1])
	}
	cancelled := w.CancelledBy != (ledger.PushID{})
	if cancelled {
		showLine(out, "by push", shortID(w.CancelledBy))
	}
	switch {
	case w.FromQuota && cancelled:
		showLine(out, "quota", "one was taken, and given back")
	case w.FromQuota:
		showLine(out, "quota", "one was taken")
	}
}

// showBooking prints what a push booked, without personal data.
func showBooking(out io.Writer, b waybill.Booking) {
	insured := "no"
	if b.InsuredFen > 0 {
		insured = fmt.Sprintf("for %d.%02d yuan", b.InsuredFen/100, b.InsuredFen%100)
	}
	contacts := "erased"
	if b.HasContacts {
		contacts = "stored"
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

// showScans prints the parcel's scans, without the messages: they may
// hold a courier's telephone number.
func showScans(out io.Writer, scans []waybill.RecordedScan) {
	if len(scans) == 0 {
		return
	}
	fmt.Fprintln(out, "scans:")
	for _, t := range scans {
		fmt.Fprintf(out, "  %s  %d %s  recorded %s, reported by %s\n",
			moment(t.At), t.Action, t.Action.Text(), moment(t.RecordedAt), t.RecordedBy)
	}
}

// showEntries prints the pushes, the oldest first.
func showEntries(out io.Writer, entries []ledger.Entry, more bool) {
	if len(entries) == 0 {
		fmt.Fprintln(out, "no push about it")
		return
	}
	fmt.Fprintln(out, "pushes:")
	if more {
		fmt.Fprintf(out, "  pushes older than these %d are left out\n", len(entries))
	}
	for _, a := range slices.Backward(entries) {
		answer := "success"
		if a.ResultCode != nil {
			answer = strconv.Itoa(*a.ResultCode)
		}
		words := reasonWords(a)
		switch {
		case a.Repeat && a.Event == wechat.EventAddWaybill: // by this push or another
			words += ", repeated for the same order"
		case a.Repeat:
			words += ", repeated for the same push"
		}
		fmt.Fprintf(out, "  %s  %s (%s, %s)  for %s  order %s  push %s  answered %s: %s  in %v\n",
			moment(a.At), a.Event, a.Format, a.Mode, a.Account, a.OrderID, shortID(a.Push), answer, words, a.Took)
	}
}

// shortID is enough of an identity to tell a push from its neighbours.
func shortID(id ledger.PushID) string { return fmt.Sprintf("%x", id[:6]) }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000Z")
}
