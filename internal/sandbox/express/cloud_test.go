package express_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"

	"github.com/dop251/goja"
)

// cloudFunction is a merchant's cloud function, of the form that WeChat
// documents, with the sandbox behind its library.
func cloudFunction(t *testing.T, d *Sandbox) func(event map[string]string) string {
	t.Helper()
	vm := goja.New()
	script := func(name, before, after string) goja.Value {
		v, err := vm.RunScript(name, before+string(File(t, name))+after)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	function := func(v goja.Value, args ...any) goja.Value {
		t.Helper()
		f, ok := goja.AssertFunction(v)
		if !ok {
			t.Fatalf("%v is no function", v)
		}
		var values []goja.Value
		for _, a := range args {
			values = append(values, vm.ToValue(a))
		}
		r, err := f(goja.Undefined(), values...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	post := func(path, body string) string { return d.Send(http.MethodPost, d.MerchantURL+path, body) }
	sdk := function(script("wx-server-sdk.js", "", ""), post)
	exports := vm.NewObject()
	function(script("cancelorder-cloud-function.js", "(function (exports, require) {", "})"), exports, func(name string) goja.Value {
		if name != "wx-server-sdk" {
			t.Errorf("the function wants %s", name)
		}
		return sdk
	})
	return func(event map[string]string) string {
		t.Helper()
		promise, ok := function(exports.Get("main"), event, map[string]string{}).Export().(*goja.Promise)
		if !ok || promise.State() != goja.PromiseStateFulfilled {
			t.Fatalf("main did not come to an end: %v", promise)
		}
		b, err := json.Marshal(promise.Result())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

// A cloud function gets the answer of a cancel that worked. What did not is raised in
// it, as wx-server-sdk does: without the carrier's code.
func TestCloudFunction(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.JSON, nil)
	main := cloudFunction(t, d)
	event := map[string]string{"orderId": "order", "openid": User, "deliveryId": "SF", "waybillId": "W1"}
	d.Carrier.Reply(30002, "已经揽收,不可取消")
	if got, want := main(event), `{"raised":true,"error":{"errCode":9300501,"errMsg":"openapi.logistics.cancelOrder:fail delivery logic fail"}}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	d.Carrier.Reply(0, "success")
	if got, want := main(event), `{"errCode":0,"errMsg":"openapi.logistics.cancelOrder:ok","deliveryResultcode":0,"deliveryResultmsg":""}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got := main(event); !strings.Contains(got, `"raised":true`) || !strings.Contains(got, "9300524") {
		t.Errorf("the second time: %s", got)
	}
	delete(event, "waybillId")
	if got := main(event); !strings.Contains(got, "930561") {
		t.Errorf("without a waybill: %s", got)
	}
	if got := d.Send(http.MethodGet, d.MerchantURL+"/openapi/logistics.cancelOrder", ""); !strings.Contains(got, `"errCode":43002`) {
		t.Errorf("GET: %s", got)
	}
}
