package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// deliveryEvents are the events of instant delivery that are offered.
var deliveryEvents = slices.Concat(instantOrderEvents, instantFollowUps)

// The runbook has each reason of instant delivery with its code, and no other.
func TestDeliveryReasonsDocumented(t *testing.T) {
	t.Parallel()
	got, want := rowCodes(sectionOf(read(t, runbook), "### Of an instant delivery")), map[string]string{}
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

// Every place that wants the key says how to make one.
func TestDeliveryKeyDocumented(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../../docs/deploying.md", "../../config.yaml", "../../docker-compose.yml"} {
		if !strings.Contains(read(t, file), "openssl rand -base64 32") {
			t.Errorf("%s does not say how a key is made", file)
		}
	}
}
