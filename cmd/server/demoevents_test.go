package main

import (
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/store/storetest"
)

// The sandbox of a demo gets what is decided as webhooks, in order for each parcel: a booking, its cancel,
// and the scan of what was cancelled, which was refused. The feed has the same.
func TestDemoEvents(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	cmd, out := demoProcess(t, dir, "secure")
	c, api := cli{tb: t, dir: dir}, carriersSide(t, out)
	c.says("WayBillID 150000000", "push", "--event", "add_waybill", "--order-id", "new", "--waybill-id", "150000000")
	c.says("ResultCode 0", "push", "--order-id", "new", "--waybill-id", "150000000")
	api.scan(409, "150000000", 100001, time.Now(), "")
	kinds := []string{"waybill.booked", "waybill.cancelled", "waybill.scan_refused"}
	for _, kind := range kinds {
		out.wait(t, `"kind":"`+kind+`"`)
	}
	text, at := out.String(), 0
	for _, kind := range kinds {
		next := strings.Index(text[at:], `"msg":"event received"`)
		line, _, _ := strings.Cut(text[at+max(next, 0):], "\n")
		if next < 0 || !strings.Contains(line, `"kind":"`+kind+`"`) || !strings.Contains(line, `"answered":204`) {
			t.Errorf("%s did not come in its order:\n%s", kind, text)
			break
		}
		at += next + 1
	}
	_, feed, _ := fetch(t, "GET", "http://"+api.p.internal.String()+"/v1/events", "", nil)
	for _, kind := range kinds {
		if !strings.Contains(feed, `"kind":"`+kind+`"`) {
			t.Errorf("%s is not in the feed: %s", kind, feed)
		}
	}
	// Its endpoint is in no configuration that the commands read.
	storetest.Until(t, "they are written as delivered", func() bool {
		out, err := c.run("events", "list")
		return err == nil && strings.Count(out, "0 waiting, 0 retrying, 0 dead") == 1+len(config.CallNames())
	})
	line := c.says("delivered  waybill.scan_refused", "events", "list", "sandbox", "--state", "delivered")
	cursor := regexp.MustCompile(`[0-9a-f-]{36}\.\d+`).FindString(line)
	c.refuses("delivered or skipped already", "events", "skip", "sandbox", "--cursor", cursor)
	c.says("sent again: 1", "events", "replay", "sandbox", "--cursor", cursor)
	out.wait(t, `"kind":"waybill.scan_refused","again":true`)
	_, page, _ := fetch(t, "GET", "http://"+api.p.internal.String()+"/v1/events/deliveries?endpoint=sandbox&state=delivered", "", nil)
	if !strings.Contains(page, `"kind":"waybill.booked"`) {
		t.Errorf("delivered are %s", page)
	}
	// A receiver fails as it is told to: the event comes again, and nothing follows a redirect.
	control := regexp.MustCompile(`Control: (http://\S+)`).FindStringSubmatch(out.String())[1]
	fetch(t, "PUT", control+"/events/fault", `{"fault":"redirect","events":1}`, nil)
	c.says("ResultCode 0", "push")
	out.wait(t, `"fault":"redirect","answered":307`)
	id := regexp.MustCompile(`"id":"(\w+)","kind":"waybill.cancelled","again":false,"fault":"redirect"`).FindStringSubmatch(out.String())[1]
	out.wait(t, `"id":"`+id+`","kind":"waybill.cancelled","again":false,"fault":"","answered":204`)
	if n := strings.Count(out.String(), `"msg":"event received","id":"`+id+`"`); n != 2 {
		t.Errorf("%d requests, want 2:\n%s", n, out)
	}
	stops(t, cmd, out, syscall.SIGTERM)
}
