package main

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/storetest"
)

// What the carrier's systems report to a demo arrives at its sandbox's WeChat, by TLS too: a
// scan, of a sample and of an order that was put in, and the status of an instant delivery.
func TestDemoCallsWeChat(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--sandbox-tls"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			demoCallsWeChat(t, flags)
		})
	}
}

func demoCallsWeChat(t *testing.T, flags []string) {
	dir := dataDir(t)
	cmd, out := demoProcess(t, dir, "secure", flags...)
	api, greeting := carriersSide(t, out), out.String()
	control := regexp.MustCompile(`Control: (http://\S+)`).FindStringSubmatch(greeting)[1]
	merchant := regexp.MustCompile(`Merchants: (https?://\S+)`).FindStringSubmatch(greeting)[1]
	client := http.DefaultClient
	if _, authority, tls := strings.Cut(greeting, "-----BEGIN"); tls {
		client = trusting(t, "-----BEGIN"+authority)
	}
	at := func(path, body string) string {
		t.Helper()
		res, err := client.Post(merchant+path+"?access_token="+sandbox.StandingToken, "application/json", strings.NewReader(body))
		must(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		must(t, err)
		return string(text)
	}
	// The two lines of the greeting.
	line := func(part string) (command string) {
		t.Helper()
		for l := range strings.Lines(greeting) {
			if strings.Contains(l, "curl ") && strings.Contains(l, part) {
				command, _, _ = strings.Cut(strings.TrimSpace(l), "  # ")
			}
		}
		return command
	}
	if says, _ := tools(t, dir, "bin/server").do(line(demo.ScannedWaybillID + `","action_type"`)); !strings.Contains(says, `"verdict":"recorded"`) {
		t.Errorf("the scan: %s", says)
	}
	reads := regexp.MustCompile(`'https?://[^/]+(/cgi-bin/express/business/path/get)\?access_token=SANDBOX_TOKEN' -d '([^']+)'`).FindStringSubmatch(line("path/get"))
	if reads == nil {
		t.Fatalf("no line reads it in\n%s", greeting)
	}
	people := cli{tb: t, dir: dir} // who call WeChat by hand beside it
	people.says("/cgi-bin/express/delivery/path/update  ", "wechat", "quota")
	people.says("waybill "+demo.ScannedWaybillID+"\nsender", "wechat", "contact", demo.ScannedWaybillID)
	arrived := func(what, path, body, part string) {
		t.Helper()
		storetest.Until(t, what+" arrives", func() bool { return strings.Contains(at(path, body), part) })
	}
	arrived("the sample's scan", reads[1], reads[2], `"path_item_num":1,"path_item_list":[{"action_time":`)
	order := fmt.Sprintf(`{"order_id":%q,"openid":%q,"delivery_id":"SF","waybill_id":%q}`, demo.ScannedOrderID, demo.OpenID, demo.ScannedWaybillID)
	if got := answered(t, at("/cgi-bin/express/business/order/cancel", order)); got != "9300506" {
		t.Errorf("a cancel: %s", got)
	}
	callSandbox(t, http.MethodPost, control+"/orders", `{"biz_id":"xyz","order_id":"put","waybill_id":"777","openid":"oABCD"}`)
	api.scan(200, "777", 100001, time.Now(), "")
	arrived("the scan of what was put in", reads[1], `{"order_id":"put","openid":"oABCD","delivery_id":"SF","waybill_id":"777"}`, `"path_item_num":1,`)

	sign := fmt.Sprintf("%x", sha1.Sum([]byte(demo.ShopID+"ride"+demo.ShopSecret)))
	place, err := json.Marshal(map[string]any{
		"shopid": demo.ShopID, "shop_order_id": "ride", "shop_no": "1", "delivery_id": demo.InstantDeliveryID, "delivery_sign": sign, "openid": demo.OpenID,
		"sender": ridePerson, "receiver": ridePerson, "order_info": map[string]any{"order_type": 0, "order_time": 1555220757},
		"cargo": map[string]any{"goods_value": 5, "goods_weight": 1, "cargo_first_class": "鲜花", "cargo_second_class": "鲜花"},
		"shop":  map[string]any{"img_url": "https://example.com/a.png", "goods_name": "花", "goods_count": 1},
	})
	must(t, err)
	var placed answer
	must(t, json.Unmarshal([]byte(at("/cgi-bin/express/local/business/order/add", string(place))), &placed))
	api.call(http.StatusOK, http.MethodPost, "/v1/delivery/orders/"+demo.ShopID+"/ride/status", fmt.Sprintf(
		`{"waybill_id":%q,"order_status":102,"action_time":%d,"agent":{"name":"李四","phone":"13800000000"}}`, placed.WaybillID, time.Now().Unix()))
	storetest.Until(t, "the status arrives", func() bool {
		_, says, _ := fetch(t, http.MethodGet, control+"/deliveries", "", nil)
		return strings.Contains(says, `"order_status":102`)
	})

	_, record, _ := fetch(t, http.MethodGet, control+"/calls", "", nil)
	var calls struct {
		Calls []sandbox.CarrierCall
		Keys  []sandbox.CarrierKey
	}
	must(t, json.Unmarshal([]byte(record), &calls))
	for _, c := range calls.Calls {
		if c.ErrCode != 0 || c.Account != credentials(t, dir).AppID {
			t.Errorf("%+v", c)
		}
	}
	for _, k := range calls.Keys {
		if !k.InOrder || k.Nodes > 1 || k.Key == "" {
			t.Errorf("%+v", k)
		}
	}
	if len(calls.Keys) != 3 {
		t.Errorf("%s", record)
	}
	stops(t, cmd, out, syscall.SIGTERM)
	noSecrets(t, out.String())
}

// ridePerson is a sender or a receiver in Beijing.
var ridePerson = map[string]any{"name": "老王", "city": "北京市", "address": "xxx地铁站", "address_detail": "2号楼202", "phone": "18512345678", "lng": 116.5, "lat": 40.1}
