package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"carrierhook/internal/wechat/client"

	"github.com/spf13/cobra"
)

// maxPreviewFile is the longest file that is sent for a preview, in bytes.
const maxPreviewFile = 4 << 20

func previewCommand() *cobra.Command {
	var p previewFlags
	cmd := &cobra.Command{
		Use:   "preview WAYBILL",
		Short: "Have WeChat render a label, and say what personal data it shows (previewTemplate)",
		Long: "Has WeChat render a label, writes the HTML, and says which names, companies, telephones, post codes and parts of\n" +
			"addresses of the order it shows unmasked: the members of custom, and how often, not what they say. What is in\n" +
			"pictures, such as bar codes and QR codes, it does not see.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			order, err := p.read(args[0])
			if err != nil {
				return err
			}
			return withWeChat(cmd, func(ctx context.Context, c caller) error {
				page, err := c.PreviewTemplate(ctx, order)
				if err != nil {
					return err
				}
				return p.write(cmd, page, unmasked(page, order.Custom))
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.template, "template", "", "a file with the label's template, HTML")
	f.StringVar(&p.data, "data", "", "a file with the WaybillData, as bookings are answered")
	f.StringVar(&p.custom, "custom", "", "a file with the order, JSON as merchants send it to addOrder")
	f.StringVar(&p.out, "out", "", "a file for the rendered HTML, which must not be there yet (default: standard output)")
	f.BoolVar(&p.json, "json", false, "print JSON: the rendered HTML and what it shows")
	for _, name := range []string{"template", "data", "custom"} {
		_ = cmd.MarkFlagRequired(name)
	}
	cmd.MarkFlagsMutuallyExclusive("out", "json")
	return cmd
}

type previewFlags struct {
	template, data, custom, out string
	json                        bool
}

func (p *previewFlags) read(waybillID string) (client.Preview, error) {
	texts := make([]string, 3)
	for i, f := range []struct{ flag, path string }{{"template", p.template}, {"data", p.data}, {"custom", p.custom}} {
		text, err := readLimited(f.path, maxPreviewFile)
		if err != nil {
			return client.Preview{}, fmt.Errorf("--%s: %w", f.flag, err)
		}
		texts[i] = text
	}
	return client.Preview{
		WaybillID: waybillID, Template: texts[0], Data: strings.TrimRight(texts[1], "\r\n"), Custom: []byte(strings.TrimPrefix(texts[2], "\ufeff")),
	}, nil
}

func readLimited(path string, limit int64) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return string(text), err
}

func (p *previewFlags) write(cmd *cobra.Command, page string, found []unmaskedMember) error {
	if p.json {
		return writeJSON(cmd.OutOrStdout(), struct {
			Rendered string           `json:"rendered"`
			Unmasked []unmaskedMember `json:"unmasked"`
		}{page, found})
	}
	if err := p.writePage(cmd.OutOrStdout(), page); err != nil {
		return err
	}
	say := sayTo(cmd)
	if len(found) == 0 {
		say("nothing of the order's sender and receiver is in the text of the label")
	}
	for _, m := range found {
		say("unmasked: custom.%s, %s", m.Member, times(m.Times))
	}
	say("what is in pictures was not read")
	return nil
}

func (p *previewFlags) writePage(out io.Writer, page string) error {
	if p.out == "" {
		_, err := io.WriteString(out, page+"\n")
		return err
	}
	// It has personal data: nobody else reads it, and it replaces nothing.
	file, err := os.OpenFile(p.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	_, err = io.WriteString(file, page)
	return errors.Join(err, file.Close())
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// writeJSON prints JSON for programs.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
