package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"carrierhook/internal/wechat/client"

	"github.com/spf13/cobra"
)

func quotaCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "quota [PATH...]",
		Short: "How often WeChat may be called today, and was",
		Long: "Reads from WeChat how often each path may be called in a day and in a shorter time, and how often it was today.\n" +
			"Without a PATH it reads those of all calls that this program makes. Days are Beijing's.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				paths = client.Paths()
			}
			return withWeChat(cmd, func(ctx context.Context, c caller) error {
				rows, err := readQuotas(ctx, c, paths)
				if asJSON {
					return errors.Join(writeJSON(cmd.OutOrStdout(), rows), err)
				}
				return errors.Join(showQuotas(cmd.OutOrStdout(), rows), err)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// quotaRow is the quota of a path, or why WeChat has not said it.
type quotaRow struct {
	Path        string `json:"path"`
	DailyLimit  int64  `json:"daily_limit"`
	Used        int64  `json:"used"`
	Remaining   int64  `json:"remaining"`
	RateCount   int64  `json:"rate_count,omitempty"`
	RateSeconds int64  `json:"rate_seconds,omitempty"`
	Error       string `json:"error,omitempty"`
}

// readQuotas reads the quota of each path. It goes on after one that WeChat does not know,
// and gives up where all others would fail as well.
func readQuotas(ctx context.Context, c caller, paths []string) (rows []quotaRow, err error) {
	for _, path := range paths {
		q, failed := c.Quota(ctx, path)
		row := quotaRow{Path: path, DailyLimit: q.DailyLimit, Used: q.Used, Remaining: q.Remaining, RateCount: q.RateCount, RateSeconds: int64(q.RatePeriod / time.Second)}
		if failed != nil {
			if client.ClassOf(failed) != client.Permanent {
				return rows, failed
			}
			row.Error, err = failed.Error(), errShown
		}
		rows = append(rows, row)
	}
	return rows, err
}

func showQuotas(out io.Writer, rows []quotaRow) error {
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "path\ta day\tused\tleft\tat a time")
	for _, r := range rows {
		rate := ""
		if r.RateCount > 0 {
			rate = fmt.Sprintf("%d in %v", r.RateCount, time.Duration(r.RateSeconds)*time.Second)
		}
		if r.Error == "" {
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\n", r.Path, r.DailyLimit, r.Used, r.Remaining, rate)
		}
	}
	err := t.Flush()
	for _, r := range rows {
		if r.Error != "" {
			fmt.Fprintf(out, "%s: %s\n", r.Path, r.Error)
		}
	}
	return err
}

func clearQuotaCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "clear-quota --yes",
		Short: "Give all paths their day's calls anew",
		Long: "Has WeChat begin the day's counters of all calls of a mini program anew, after 45009. WeChat allows this ten\n" +
			"times a month. Servers whose calls are paused for the day notice it when they read the quota next.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withWeChat(cmd, func(ctx context.Context, c caller) error {
				if !yes {
					return fmt.Errorf("this begins the day's counters of all calls of %s (%s) anew, and WeChat allows it ten times a month: say --yes", c.account.Name, c.account.AppID)
				}
				if err := c.ClearQuota(ctx); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "the day's counters of %s (%s) begin anew\n", c.account.Name, c.account.AppID)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it: one of ten times a month")
	return cmd
}
