package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"carrierhook/internal/config"
	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat/client"

	"github.com/spf13/cobra"
)

func contactCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "contact WAYBILL",
		Short: "Read from WeChat whom a parcel is from and to (getContact)",
		Long: "Reads from WeChat whom a parcel is from and to, and prints names, telephones and addresses. The waybill\n" +
			"has to be one that WeChat has booked here. Without --account the call is that of the mini program it was booked for.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var token config.Secret
			find := func(ctx context.Context, st *store.Store) (userName string, err error) {
				userName, token, err = st.Express.Token(ctx, args[0])
				switch {
				case errors.Is(err, ledger.ErrNotFound):
					err = fmt.Errorf("no waybill %q was booked here by WeChat", args[0])
				case errors.Is(err, event.ErrTokenErased):
					err = fmt.Errorf("the Token of waybill %q is not stored, because it was erased or the booking had none: WeChat takes no call about it", args[0])
				}
				return userName, err
			}
			return callWithStore(cmd, find, func(ctx context.Context, c caller) error {
				got, err := c.GetContact(ctx, token, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), contactsShown{got.WaybillID, shown(got.Sender), shown(got.Receiver)})
				}
				out := cmd.OutOrStdout()
				fmt.Fprintf(out, "waybill %s\n", printable(got.WaybillID))
				showContact(out, "sender", got.Sender)
				showContact(out, "receiver", got.Receiver)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// contactsShown are contacts in JSON, which the client's own types are kept out of.
type contactsShown struct {
	WaybillID string       `json:"waybill_id"`
	Sender    contactShown `json:"sender"`
	Receiver  contactShown `json:"receiver"`
}

type contactShown struct {
	Name    string `json:"name"`
	Tel     string `json:"tel"`
	Mobile  string `json:"mobile"`
	Address string `json:"address"`
}

func shown(c client.Contact) contactShown { return contactShown{c.Name, c.Tel, c.Mobile, c.Address} }

func showContact(out io.Writer, who string, c client.Contact) {
	fmt.Fprintln(out, who)
	for _, line := range [][2]string{{"name", c.Name}, {"tel", c.Tel}, {"mobile", c.Mobile}, {"address", c.Address}} {
		showLine(out, line[0], printable(line[1]))
	}
}
