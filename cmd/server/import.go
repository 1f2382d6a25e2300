package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"carrierhook/internal/config"
	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/instant"

	"github.com/spf13/cobra"
)

// importKind is a kind of file and its command.
type importKind struct {
	name string
	csvimport.Kind
}

var importKinds = []importKind{
	{"merchants", csvimport.Merchants},
	{"waybills", csvimport.Waybills},
	{"services", csvimport.Services},
	{"areas", csvimport.Areas},
	{"routes", csvimport.Routes},
	{"ranges", csvimport.Ranges},
	{"shops", csvimport.Shops(false)},
}

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Load merchants, waybills, shops, or what the carrier offers, from a CSV file",
	}
	for _, kind := range importKinds {
		long := "Load " + kind.name + " from a CSV file whose first line names the columns:\n\n" + kind.help() + "\n" +
			"The whole file is checked first; if a line is bad, nothing is loaded.\n"
		if kind.Replaces() {
			long += "The file replaces the table: rows that it does not have are removed. Running servers use it\n" +
				"within booking.refresh.\n"
		}
		sub := &cobra.Command{
			Use:   kind.name + " FILE.csv",
			Short: "Load " + kind.name + " (- reads standard input)",
			Long:  long,
			Args:  cobra.ExactArgs(1),
			RunE:  kind.run,
		}
		if kind.NeedsKey() {
			sub.Long += "A known shop whose secret opens with none of the keys is refused, for delivery.key is then most likely\n" +
				"not the servers'. Where the key that sealed it is lost, --reseal takes the file's secret in its place.\n"
			reseal := sub.Flags().Bool("reseal", false, "seal anew what opens with none of the keys: the key was lost")
			sub.RunE = func(cmd *cobra.Command, args []string) error {
				return importKind{kind.name, csvimport.Shops(*reseal)}.run(cmd, args)
			}
		}
		cmd.AddCommand(sub)
	}
	besideDemo(cmd)
	return cmd
}

func (kind importKind) run(cmd *cobra.Command, args []string) error {
	in, err := open(cmd, args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	return withStore(cmd, func(_ config.Config, st *store.Store) error {
		report, err := st.Import(cmd.Context(), kind.Kind, in)
		if errors.Is(err, instant.ErrNoKey) {
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

func (kind importKind) print(w io.Writer, r csvimport.Report) {
	if kind.Replaces() {
		fmt.Fprintf(w, "%d lines: %d new, %d changed, %d as they were; %d removed\n",
			r.Lines, r.Inserted, r.Updated, r.Unchanged, r.Removed)
		return
	}
	for _, p := range r.Backwards.First {
		fmt.Fprintln(w, p)
	}
	if more := r.Backwards.More(); more > 0 {
		fmt.Fprintf(w, "and %d more such lines\n", more)
	}
	fmt.Fprintf(w, "%d lines: %d new, %d changed, %d as they were, %d left out because a status never moves backwards\n",
		r.Lines, r.Inserted, r.Updated, r.Unchanged, r.Backwards.Count)
}
