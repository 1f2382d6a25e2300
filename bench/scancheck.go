package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// scanResult is what a reply says of one scan; the type is a problem's.
type scanResult struct {
	Status    int    `json:"status"`
	Verdict   string `json:"verdict"`
	WaybillID string `json:"waybill_id"`
	State     string `json:"state"`
	Type      string `json:"type"`
}

func (b *batches) judge(t *tally) error {
	for _, k := range t.kept {
		scans := b.scans[k.request]
		results, why := readResults(k.status, k.body, len(scans))
		for i, s := range scans {
			wrong := why
			if wrong == "" {
				wrong = s.judge(results[i])
			}
			if wrong != "" {
				t.spoilt(wrong, 1)
			}
			t.scans = append(t.scans, scanReply{s, wrong == ""})
		}
	}
	return nil
}

// readResults takes a reply apart, or says what is wrong with all of it.
func readResults(status int, body []byte, n int) (all []scanResult, why string) {
	if status != http.StatusOK {
		return nil, fmt.Sprintf("status %d", status)
	}
	var reply struct{ Results []scanResult }
	if json.Unmarshal(body, &reply) != nil || len(reply.Results) != n {
		return nil, "unreadable reply"
	}
	return reply.Results, ""
}

// judge says what is wrong with the result of a scan. The waybill may be further
// by now than the scan says, for requests overtake each other.
func (s scan) judge(r scanResult) string {
	further := slices.IndexFunc(stages, func(p stage) bool { return p.state == r.State })
	switch {
	case r.Status != http.StatusOK:
		return fmt.Sprintf("status %d %s", r.Status, r.Type[strings.LastIndexByte(r.Type, ':')+1:])
	case r.Verdict != "recorded":
		return "verdict " + r.Verdict
	case r.WaybillID != strconv.Itoa(firstWaybill+s.waybill):
		return "the reply to another scan"
	case further < s.stage:
		return fmt.Sprintf("state %s after %s", r.State, stages[s.stage].state)
	}
	return ""
}
