package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Each line of the list that a carrier ticks off has what proves it, and the sections
// are numbered.
func TestGoingLive(t *testing.T) {
	t.Parallel()
	text := read(t, "../../docs/going-live.md")
	items := strings.Split(text, "\n- [ ] ")[1:]
	for _, item := range items {
		item, _, _ = strings.Cut(item, "\n\n")
		if !strings.Contains(strings.Join(strings.Fields(item), " "), "*Proof: ") {
			t.Errorf("nothing proves %s", item)
		}
	}
	if len(items) < 40 {
		t.Errorf("found only %d lines", len(items))
	}
	for i, m := range regexp.MustCompile(`(?m)^## (\d+)\. `).FindAllStringSubmatch(text, -1) {
		if m[1] != strconv.Itoa(i+1) {
			t.Errorf("section %d is numbered %s", i+1, m[1])
		}
	}
}
