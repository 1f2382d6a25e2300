package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// A report of an assigned rider has to say who it is where updateOrder is called for some
// mini program, and nowhere else.
func TestRiderIsNeededForUpdateOrder(t *testing.T) {
	t.Parallel()
	account := func(name string, calls ...string) config.Account {
		return config.Account{
			Name: name, UserName: "gh_" + name, AppID: "wx_" + name, Mode: "plain", Token: testToken, AppSecret: "hush-hush",
			Calls: calls, WxaPath: "pages/order",
		}
	}
	for name, tt := range map[string]struct {
		single   []string
		accounts []config.Account
		needed   bool
	}{
		"no calls":           {nil, nil, false},
		"tracks":             {[]string{config.CallUpdatePath}, nil, false},
		"statuses":           {[]string{config.CallUpdatePath, config.CallUpdateOrder}, nil, true},
		"statuses of one":    {nil, []config.Account{account("a", config.CallUpdatePath), account("b", config.CallUpdateOrder)}, true},
		"statuses of nobody": {nil, []config.Account{account("a", config.CallUpdatePath), account("b")}, false},
	} {
		cfg := testConfig("", wechat.Plain)
		cfg.WeChat.Calls, cfg.WeChat.Accounts = tt.single, tt.accounts
		if got := callMade(cfg, config.CallUpdateOrder); got != tt.needed {
			t.Errorf("%s: needed is %t", name, got)
		}
	}

	cfg := testConfig(withSamples(t), wechat.Plain)
	cfg.WeChat.Calls, cfg.WeChat.WxaPath, cfg.WeChat.AppSecret = []string{config.CallUpdateOrder}, "pages/order", "hush-hush"
	cfg.WeChat.APIURL = "http://127.0.0.1:1" // nobody is there
	p := start(t, cfg)
	s, api := &shop{tb: t, wx: p.wechat(t, wechat.Plain, wechat.JSON)}, carrier{tb: t, p: p}
	placed := s.places(0, s.order(wechat.EventAddOrder, demo.ShopOrderID))
	report := `{"waybill_id":"` + placed.WaybillID + `","order_status":102,"action_time":` + strconv.FormatInt(time.Now().Unix(), 10)
	to := "/v1/delivery/orders/" + demo.ShopID + "/" + demo.ShopOrderID + "/status"
	if refused := api.call(422, http.MethodPost, to, report+`}`); !strings.HasPrefix(refused.Detail, "agent ") {
		t.Errorf("got %q", refused.Detail)
	}
	api.call(200, http.MethodPost, to, report+`,"agent":{"name":"张三","phone":"13800000000"}}`)
}
