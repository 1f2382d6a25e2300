package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Load merchants or waybills from a CSV file",
	}
	for _, kind := range []struct {
		name, columns string
		load          func(*store.Store, context.Context, io.Reader) (store.ImportReport, error)
	}{
		{"merchants", "biz_id, biz_pwd, cancel_allowed", (*store.Store).ImportMerchants},
		{"waybills", "biz_id, waybill_id, order_id and, optional, shop_app_id, service, status, " +
			"booked_at, collected_at, charged_at, signed_at, cancelled_at", (*store.Store).ImportWaybills},
	} {
		cmd.AddCommand(&cobra.Command{
			Use:   kind.name + " FILE.csv",
			Short: "Load " + kind.name + " (- reads standard input)",
			Long: "Load " + kind.name + " from a CSV file whose first line names the columns:\n" + kind.columns + ".\n" +
				"The whole file is checked first; if a line is bad, nothing is loaded.",
			Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				in, err := open(cmd, args[0])
				if err != nil {
					return err
				}
				defer in.Close()
				return withStore(cmd, func(st *store.Store) error {
					report, err := kind.load(st, cmd.Context(), in)
					if err == nil || report.Inserted+report.Updated > 0 {
						printReport(cmd.OutOrStdout(), report)
					}
					return err
				})
			},
		})
	}
	return cmd
}

func open(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}

func printReport(w io.Writer, r store.ImportReport) {
	for _, b := range r.Backwards {
		fmt.Fprintf(w, "line %d: waybill %s is %s and does not go back to %s\n", b.Line, b.WaybillID, b.From, b.To)
	}
	if more := r.BackwardsCount - int64(len(r.Backwards)); more > 0 {
		fmt.Fprintf(w, "and %d more such lines\n", more)
	}
	fmt.Fprintf(w, "%d lines: %d new, %d changed, %d as they were, %d left out because a status never moves backwards\n",
		r.Lines, r.Inserted, r.Updated, r.Unchanged, r.BackwardsCount)
}
