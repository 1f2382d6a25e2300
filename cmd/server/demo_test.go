package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/datadir"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// demoProcess starts `demo` as a process and waits until it has greeted.
func demoProcess(t *testing.T, dir, mode string, flags ...string) (cmd *exec.Cmd, out *output) {
	t.Helper()
	cmd, out = process(dir, nil, append([]string{"demo", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0", "--mode", mode}, flags...)...), new(output)
	cmd.Stdout, cmd.Stderr = out, out
	launch(t, cmd)
	out.wait(t, "docs/demo.md")
	return cmd, out
}

// The first two minutes: demo, push, push, push --repeat, show; tools beside
// the running demo; and all the same again at the next start.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	c := cli{tb: t, dir: dir}
	cmd, greeting := demoProcess(t, dir, "secure")
	api := carriersSide(t, greeting)
	api.scan(200, demo.ScannedWaybillID, 100001, time.Now(), "")
	api.call(200, "PUT", "/v1/merchants/"+demo.BizID, `{"services":["standard"]}`)
	c.says("the reply is right. ResultCode 0: success", "push")
	c.says("the reply is right. ResultCode 0: success", "push", "--repeat")
	c.says("the reply is right. ResultCode 30003", "push")
	c.says("the reply is right. ResultCode 30003", "push", "--repeat", "--format", "json")
	c.says("the reply is right. ResultCode 30002", "push", "--order-id", "order-collected", "--waybill-id", "123456790")
	c.says("WayBillID 123456790", "push", "--repeat")
	c.says("ResultCode 0: success\nWayBillID CH", "push", "--event", "add_waybill")
	c.says("ResultCode 0: success\nWayBillID CH", "push", "--repeat", "--format", "json")
	c.says("ResultCode 0: success\nWayBillID 150000000  WaybillData "+demo.Label, "push", "--event", "add_waybill", "--order-id", "ORDER2", "--waybill-id", "150000000")
	c.says("ResultCode 0: success", "push", "--order-id", "ORDER2", "--waybill-id", "150000000")
	c.says("ResultCode -1: 其他错误(订单已取消", "push", "--event", "add_waybill", "--order-id", "ORDER2")
	c.says("ResultCode 0: success  Quota 209", "push", "--event", "get_quota")
	c.says("ResultCode 0: success  Quota 209", "push", "--repeat")
	c.says("ResultCode 10002", "push", "--event", "check_biz", "--biz-pwd", "wrong")
	c.says("ResultCode 10001", "push", "--event", "check_biz", "--biz-id", "nobody")
	c.says("ResultCode 10001", "push", "--repeat")
	ride := func(part, event string, more ...string) {
		t.Helper()
		c.says(part, append([]string{"push", "--event", event}, more...)...)
	}
	ride("resultcode 0: ok\nfee 69.00", wechat.EventPrecreateOrder)
	ride("resultcode 1003: ", wechat.EventAddOrder, "--shop-secret", "wrong")
	ride("resultcode 1003: ", wechat.EventAddOrder, "--shop-secret-file", secretFile(t, "wrong"))
	ride("resultcode 0: ok\n", wechat.EventPrecreateOrder, "--shop-secret-file", secretFile(t, demo.ShopSecret))
	ride("resultcode 1002: ", wechat.EventAddOrder, "--shop-id", "nobody")
	ride("resultcode 1020: ", wechat.EventAddOrder, "--delivery-token", "xxxxxxxx")
	ride("tips 1.50  insurancefee 0.00  distance 34489\nwaybill_id CH000000028  order_status 101", wechat.EventAddOrder, "--tips", "1.5")
	c.says("waybill_id CH000000028  order_status 101", "push", "--repeat", "--format", "json")
	private(t, filepath.Join(dir, demo.Dir, demo.LastPushName))
	if text := read(t, filepath.Join(dir, demo.Dir, demo.LastPushName)); strings.Contains(text, demo.ShopSecret) || !strings.Contains(text, wechat.EventAddOrder) {
		t.Errorf("the last push is kept as %s", text)
	}
	ride("resultcode 0: ok\n", wechat.EventAddTips, "--waybill-id", "CH000000028")
	ride("resultcode 1040: ", wechat.EventAddTips)
	ride("resultcode 1032: ", wechat.EventQueryOrder, "--waybill-id", "CH000000014")
	ride("order_status 101, waiting for a rider", wechat.EventQueryOrder)
	ride("resultcode 0: ok\ndeduct_fee 0.00", wechat.EventPrecancelOrder)
	ride("resultcode 1041: ", wechat.EventConfirmReturn)
	ride("resultcode 0: ok\ndeduct_fee 0.00", wechat.EventCancelOrder)
	ride("resultcode 1037: ", wechat.EventConfirmReturn)
	ride("waybill_id CH000000031  order_status 101", wechat.EventReaddOrder)
	c.says("attempt 2, waybill CH000000031", "show", "delivery", demo.ShopID, demo.ShopOrderID)
	c.refuses("not found", "show", "delivery", demo.ShopID, "nothing")
	c.refuses("is none of add_waybill, cancel_waybill", "push", "--event", "debug_demo")
	c.says("repeated for the same push", "show", "waybill", demo.BizID, demo.WaybillID)
	c.says("up to date", "migrate")
	csv := filepath.Join(dir, "w.csv")
	must(t, os.WriteFile(csv, []byte("biz_id,waybill_id,order_id\nxyz,NEW1,ORDER1\n"), 0o600))
	c.says("1 lines: 1 new", "import", "waybills", csv)
	c.says("ResultCode 0", "push", "--order-id", "ORDER1", "--waybill-id", "NEW1", "--shop-app-id", "")
	c.refuses("running", "demo", "--listen", "127.0.0.1:0")
	private(t, filepath.Join(dir, demo.Dir, demo.FileName))
	before := credentials(t, dir)
	stops(t, cmd, greeting, syscall.SIGTERM)

	cmd, greeting = demoProcess(t, dir, "plain")
	if kinds := warned(t, greeting); len(kinds) != 0 {
		t.Errorf("a demo warns of %q", kinds)
	}
	api = carriersSide(t, greeting)
	if h := api.history(demo.ScannedWaybillID); h.State != "booked" || len(h.Scans) != 0 {
		t.Errorf("not put back: %+v", h)
	}
	if m := api.call(200, "GET", "/v1/merchants/"+demo.BizID, ""); m.Services != nil {
		t.Errorf("the services were not put back: %q", *m.Services)
	}
	if after := credentials(t, dir); after.Token != before.Token || after.AESKey != before.AESKey || after.Mode != "plain" {
		t.Error("a restart changed the credentials, or not the mode")
	}
	c.says("ResultCode 0", "push") // the rows were reset
	ride("waybill_id CH", wechat.EventAddOrder)
	c.says("ResultCode 30001", "push", "--order-id", "ORDER1", "--waybill-id", "NEW1", "--shop-app-id", "")
	signals(t, cmd, syscall.SIGKILL)
	_ = ends(t, cmd, greeting)
	for _, args := range [][]string{{"push"}, {"migrate"}, {"sandbox", "--patience", "0s"}, {"show", "waybill", "--dir", demo.Dir, demo.BizID, demo.WaybillID}} {
		c.refuses("no demo is running in .data: start one with `make run`", args...)
	}
	// Postgres dies with its owner, however that died, and what was stored stays.
	c.env = []string{"CARRIERHOOK_DATABASE_DIR=" + demo.Dir}
	c.says("repeated for the same", "show", "waybill", demo.BizID, demo.WaybillID)
}

// carriersSide calls a demo as the carrier's own systems do.
func carriersSide(t *testing.T, greeting *output) carrier {
	t.Helper()
	m := regexp.MustCompile(`at http://(\S+)/v1 `).FindStringSubmatch(greeting.String())
	if m == nil {
		t.Fatalf("no address in\n%s", greeting)
	}
	return carrier{tb: t, p: &program{addresses: addresses{internal: tcp(m[1])}}}
}

func credentials(t *testing.T, dir string) (d demo.File) {
	t.Helper()
	must(t, demo.ReadJSON(opened(t, filepath.Join(dir, demo.Dir)), demo.FileName, &d))
	return d
}

// opened is a data directory, made where it is missing.
func opened(tb testing.TB, path string) *datadir.Dir {
	tb.Helper()
	dir, err := datadir.Make(path, 0o711)
	must(tb, err)
	tb.Cleanup(func() { dir.Close() })
	return dir
}

func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", path, info.Mode())
	}
}
