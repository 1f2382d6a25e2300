package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"carrierhook/internal/config"

	"github.com/spf13/cobra"
)

func healthcheckCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Check that a running server is alive (for a container's health check)",
		Long: "Requests /healthz at the setting listen, as the server reads it: from --config, ./config.yaml and the environment.\n" +
			"With --url it reads no configuration.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if url != "" {
				return healthcheck(cmd.Context(), url, "")
			}
			cfg, _, err := loadConfig(cmd, config.NeedNothing)
			if err != nil {
				return err
			}
			if strings.HasSuffix(cfg.Listen, ":0") {
				return errors.New("listen is " + cfg.Listen + ": the system chose the port when the server started; its log has it, name it with --url")
			}
			return healthcheck(cmd.Context(), "http://localhost/healthz", cfg.Listen)
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "the URL to request (default /healthz at the setting listen)")
	return cmd
}

// healthcheck requests url, at the address at if that is not empty.
func healthcheck(ctx context.Context, url, at string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// Never through a proxy that the environment names.
	transport := &http.Transport{DisableKeepAlives: true}
	if at != "" {
		// As it stands in the setting: an address that stands for all of the machine's, of
		// either family, is dialled as the machine's own.
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, at)
		}
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 512))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", url, res.Status, body)
	}
	return nil
}
