package main

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// deliveryEvents are the events of instant delivery that are offered.
var deliveryEvents = slices.Concat(transportOrders, transportAsks)

// The README's one table of instant delivery has every answer that any of its events
// may get, with its code, its texts in both languages and the reasons that lead to it,
// and no other.
func TestDeliveryCodesDocumented(t *testing.T) {
	t.Parallel()
	got, want := map[string][]string{}, map[string][]string{}
	row := regexp.MustCompile(`(?m)^\| (-?\d+) \|[^|]*\| ([^|]*) \| ([^|]*) \| ([^|]*) \|$`)
	for _, m := range row.FindAllStringSubmatch(sectionOf(read(t, readme), "### Instant delivery"), -1) {
		answer := strings.Join(m[1:4], " ")
		for _, why := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(m[4], -1) {
			got[answer] = append(got[answer], why[1])
		}
		if m[4] == "none" {
			got[answer] = nil
		}
	}
	for _, event := range deliveryEvents {
		lines := handler.Results(event)
		if len(lines) < 5 {
			t.Errorf("%s has only the answers %v", event, lines)
		}
		for _, line := range lines {
			answer := strconv.Itoa(line.Code) + " " + line.Chinese + " " + line.English
			want[answer] = append(want[answer], line.Reasons...)
		}
	}
	for _, answers := range []map[string][]string{got, want} {
		for answer, reasons := range answers {
			slices.Sort(reasons)
			answers[answer] = slices.Compact(reasons)
		}
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("README.md, Instant delivery, has the answers\n%v\nwant\n%v", got, want)
	}
}

// The runbook has each reason of instant delivery with its code, and no other.
func TestDeliveryReasonsDocumented(t *testing.T) {
	t.Parallel()
	got, want := map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (-?\\d+) \\|").FindAllStringSubmatch(sectionOf(read(t, runbook), "### Of an instant delivery"), -1) {
		got[m[1]] = m[2]
	}
	for _, why := range delivery.Reasons() {
		want[string(why)] = strconv.Itoa(handler.ResultCode(wechat.EventReaddOrder, string(why)))
		for _, event := range deliveryEvents { // one that this event does not have
			if slices.ContainsFunc(handler.Results(event), func(l handler.ResultLine) bool { return slices.Contains(l.Reasons, string(why)) }) {
				want[string(why)] = strconv.Itoa(handler.ResultCode(event, string(why)))
			}
		}
	}
	if !maps.Equal(got, want) || len(want) < 20 {
		t.Errorf("docs/runbook.md has the reasons and codes\n%v\nwant\n%v", got, want)
	}
}

// The README says what each order_status is, and after which of them an order may be
// placed again, or cancelled for what.
func TestStatusesDocumented(t *testing.T) {
	t.Parallel()
	table := sectionOf(read(t, readme), "### Instant delivery")
	var got, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\d{3})` \\| ([^|]*) \\| ([^|]*) \\|").FindAllStringSubmatch(table, -1) {
		got = append(got, m[1]+" "+m[2]+": "+m[3])
	}
	for _, s := range delivery.Statuses() {
		again := "no"
		switch {
		case s.Failed():
			again = "yes"
		case s == delivery.Waiting:
			again = "once it has expired"
		}
		want = append(want, strconv.Itoa(int(s))+" "+s.Words()+": "+again)
	}
	if !slices.Equal(got, want) {
		t.Errorf("README.md has the statuses\n%q\nwant\n%q", got, want)
	}
}

// docs/api.md says of each order_status what may be reported after it.
func TestTransitionsDocumented(t *testing.T) {
	t.Parallel()
	var got, want []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d{3}) \| ([^|]*) \| ([^|]*) \|$`).FindAllStringSubmatch(read(t, "../../docs/api.md"), -1) {
		got = append(got, m[1]+" "+m[2]+": "+m[3])
	}
	for _, s := range delivery.Statuses() {
		var next []string
		for _, n := range delivery.Statuses() {
			if s.CanFollow(n) {
				next = append(next, strconv.Itoa(int(n)))
			}
		}
		if len(next) == 0 {
			next = []string{"nothing: it has ended"}
		}
		want = append(want, strconv.Itoa(int(s))+" "+s.Words()+": "+strings.Join(next, ", "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/api.md has\n%q\nwant\n%q", got, want)
	}
}

// Wherever the key is asked for it stands how one is made.
func TestDeliveryKeyDocumented(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../../docs/deploying.md", "../../config.yaml", "../../docker-compose.yml"} {
		if !strings.Contains(read(t, file), "openssl rand -base64 32") {
			t.Errorf("%s does not say how a key is made", file)
		}
	}
}
