package main

import (
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/store/storetest"
)

// Of two mini programs only the one that has booked a parcel tells WeChat of it, with its own
// app id; what one has no right to do holds the other not up.
func TestCallsOfTwoAccounts(t *testing.T) {
	t.Parallel()
	c := startCalling(t, func(cfg *config.Config) {
		one := cfg.Accounts()[0]
		two := one
		one.Name, two.Name, two.UserName, two.AppID = "one", "two", "gh_two", "wx0000000000000002"
		two.Token, two.AESKey = "token-of-the-other-mini-program", config.Secret(strings.Repeat("k", 43))
		cfg.WeChat = config.WeChat{
			Accounts: []config.Account{one, two}, APIURL: cfg.WeChat.APIURL, Deadline: cfg.WeChat.Deadline, MaxBody: cfg.WeChat.MaxBody,
			MaxInFlight: cfg.WeChat.MaxInFlight, TimestampWindow: cfg.WeChat.TimestampWindow,
		}
	})
	parcel := c.orders("two-1")
	c.scans(parcel, 100001, 200001)
	c.hears(sandboxtest.UpdatePath, parcel, 100001, 200001)
	storetest.Until(t, "the other has passed over them", func() bool {
		return c.db.Int(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.two.updatePath' AND position = (SELECT max(position) FROM event)`) == 1
	})
	var a struct{ Calls []sandbox.CarrierCall }
	c.control(http.MethodGet, "/calls", "", &a)
	for _, call := range a.Calls {
		if call.Account != c.cfg.Accounts()[0].AppID {
			t.Errorf("a call of %q: %+v", call.Account, call)
		}
	}
	// The sandbox does not know the other app: a parcel of it waits, and says why.
	c.db.Exec(t, `UPDATE waybill SET account = 'gh_two' WHERE waybill_id = $1`, parcel)
	c.scans(parcel, 300002)
	c.db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE name = 'wechat.two.updatePath' AND last_failure LIKE '%/stable_token: errcode 40013: %'`)
	c.db.Exec(t, `UPDATE waybill SET account = 'gh_abcdefg' WHERE waybill_id = $1`, parcel)
	c.scans(parcel, 300003)
	c.hears(sandboxtest.UpdatePath, parcel, 100001, 200001, 300003)
}
