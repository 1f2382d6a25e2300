package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Scan is what the carrier's systems are to report of a parcel.
type Scan struct {
	WaybillID string `json:"waybill_id"`
	Action    int    `json:"action_type"` // of WeChat's page updatePath
	Time      int64  `json:"action_time"`
	Message   string `json:"action_msg,omitempty"`
}

// scanLimit is how long the report of a scan may take.
const scanLimit = 30 * time.Second

// ParseScanCommand reads a command that reports a scan: words with spaces between them,
// or a JSON list of words. In each of them {waybill_id}, {action_type}, {action_time} and
// {action_msg} are replaced. No shell sees them. What the command says of an error goes to
// stderr.
func ParseScanCommand(text string, stderr io.Writer) (func(context.Context, Scan) error, error) {
	words := strings.Fields(text)
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		words = nil
		if err := json.Unmarshal([]byte(text), &words); err != nil {
			return nil, errors.New("the command begins as a JSON list and is no list of texts")
		}
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("the command is empty")
	}
	for _, name := range []string{"{waybill_id}", "{action_type}"} {
		if !strings.Contains(strings.Join(words[1:], " "), name) {
			return nil, fmt.Errorf("the command has no %s", name)
		}
	}
	return func(ctx context.Context, s Scan) error {
		ctx, cancel := context.WithTimeout(ctx, scanLimit)
		defer cancel()
		filled := strings.NewReplacer("{waybill_id}", s.WaybillID, "{action_type}", strconv.Itoa(s.Action),
			"{action_time}", strconv.FormatInt(s.Time, 10), "{action_msg}", s.Message)
		args := make([]string, len(words)-1)
		for i, word := range words[1:] {
			args[i] = filled.Replace(word)
		}
		cmd := exec.CommandContext(ctx, words[0], args...)
		cmd.Stderr = stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("the command that reports it: %w", err)
		}
		return nil
	}, nil
}

// SendScanByV1 reports scans to a server of ours, by its /v1.
func SendScanByV1(url, token string, client *http.Client) func(context.Context, Scan) error {
	return func(ctx context.Context, s Scan) error {
		ctx, cancel := context.WithTimeout(ctx, scanLimit)
		defer cancel()
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/v1/scans", bytes.NewReader(body))
		if err != nil {
			return errors.New("the address of /v1 is no URL")
		}
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := client.Do(r)
		if err != nil {
			return fmt.Errorf("/v1: %w", err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("/v1 answered HTTP %d", res.StatusCode)
		}
		return nil
	}
}
