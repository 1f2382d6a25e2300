package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"carrierhook/internal/config"

	"github.com/spf13/cobra"
)

func tokenCommand() *cobra.Command {
	var scopes string
	cmd := &cobra.Command{
		Use:   "token NAME",
		Short: "Make a token for one of the carrier's own systems, which calls the internal API",
		Long: "Makes a token and prints two lines: the token itself, for the system to send as Authorization: Bearer\n" +
			"TOKEN, and what to add to api.tokens (CARRIERHOOK_API_TOKENS) of every server. The token is not stored\n" +
			"and cannot be printed again. NAME is the name of the system in log and ledger: a-z, 0-9, _ and -, up to\n" +
			"32 characters. No scope includes another: give each system those that it needs.\n" +
			"It reads no configuration.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			secret := newSecret()
			token, err := config.NewToken(args[0], scopes, secret)
			if err != nil {
				return fmt.Errorf("%q with the scope %q %w", args[0], scopes, err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", secret, token.Value())
			return err
		},
	}
	cmd.Flags().StringVar(&scopes, "scope", "read", "what the token may be used for, several with + between them: read (waybills, scans, pushes),\n"+
		"scans (reported by couriers), waybills (booked elsewhere, charged), merchants (contracts, passwords,\n"+
		"quotas), personal (with read: what may name people); events and admin open nothing yet")
	return cmd
}

// newSecret is 32 bytes that nobody can guess.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
