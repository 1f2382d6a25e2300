package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"carrierhook/internal/store"

	"github.com/spf13/cobra"
)

// importKind is a table that can be loaded.
type importKind struct {
	name  string
	load  func(*store.Store, context.Context, io.Reader) (store.ImportReport, error)
	whole bool // the file is the whole truth: what it does not have is removed
}

var importKinds = []importKind{
	{"merchants", (*store.Store).ImportMerchants, false},
	{"waybills", (*store.Store).ImportWaybills, false},
	{"services", (*store.Store).ImportServices, true},
	{"areas", (*store.Store).ImportAreas, true},
	{"routes", (*store.Store).ImportRoutes, true},
	{"ranges", (*store.Store).ImportRanges, true},
	{"shops", nil, false}, // as its flag says
}

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Load merchants, waybills, shops, or what the carrier offers, from a CSV file",
	}
	for _, kind := range importKinds {
		long := "Load " + kind.name + " from a CSV file whose first line names the columns:\n\n" + kind.help() + "\n" +
			"The whole file is checked first; if a line is bad, nothing is loaded.\n"
		if kind.whole {
			long += "The file is the whole truth: what it does not have is removed. Running servers go by it\n" +
				"within booking.refresh.\n"
		}
		sub := &cobra.Command{
			Use:   kind.name + " FILE.csv",
			Short: "Load " + kind.name + " (- reads standard input)",
			Long:  long,
			Args:  cobra.ExactArgs(1),
		}
		if kind.load == nil {
			kind.load = loadShops(sub)
		}
		sub.RunE = kind.run
		cmd.AddCommand(sub)
	}
	besideDemo(cmd)
	return cmd
}

// loadShops loads shops as the command's flag says.
func loadShops(cmd *cobra.Command) func(*store.Store, context.Context, io.Reader) (store.ImportReport, error) {
	cmd.Long += "A known shop whose secret opens with none of the keys is a fault, for delivery.key is then most likely\n" +
		"not the servers'. Where the key that sealed it is lost, --reseal takes the file's secret in its place.\n"
	reseal := cmd.Flags().Bool("reseal", false, "seal anew what opens with none of the keys: the key was lost")
	return func(st *store.Store, ctx context.Context, in io.Reader) (store.ImportReport, error) {
		return st.ImportShops(ctx, in, *reseal)
	}
}

func (kind importKind) run(cmd *cobra.Command, args []string) error {
	in, err := open(cmd, args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	return withStore(cmd, func(st *store.Store) error {
		report, err := kind.load(st, cmd.Context(), in)
		if errors.Is(err, store.ErrNoDeliveryKey) {
			return fmt.Errorf("%w (CARRIERHOOK_DELIVERY_KEY) to what the servers have", err)
		}
		if err == nil || report.Inserted+report.Updated > 0 {
			kind.print(cmd.OutOrStdout(), report)
		}
		return err
	})
}

func open(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}

func (kind importKind) print(w io.Writer, r store.ImportReport) {
	if kind.whole {
		fmt.Fprintf(w, "%d lines: %d new, %d changed, %d as they were; %d removed\n",
			r.Lines, r.Inserted, r.Updated, r.Unchanged, r.Removed)
		return
	}
	for _, b := range r.Backwards {
		fmt.Fprintf(w, "line %d: waybill %s is %s and does not go back to %s\n", b.Line, b.WaybillID, b.From, b.To)
	}
	if more := r.BackwardsCount - int64(len(r.Backwards)); more > 0 {
		fmt.Fprintf(w, "and %d more such lines\n", more)
	}
	fmt.Fprintf(w, "%d lines: %d new, %d changed, %d as they were, %d left out because a status never moves backwards\n",
		r.Lines, r.Inserted, r.Updated, r.Unchanged, r.BackwardsCount)
}
