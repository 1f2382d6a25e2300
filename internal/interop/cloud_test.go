//go:build interop

package interop

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"carrierhook/internal/store/storetest"
)

// A cloud function returns the same with wx-server-sdk, at WeChat's path, as with the
// stand-in for it that the sandbox's tests have, at the cloud call: what an error is,
// its errCode and errMsg and no more, and what a success is.
func TestInteropCloudFunction(t *testing.T) {
	d := demo(t, "--sandbox-tls")
	const testdata = "../sandbox/sandboxtest/testdata/"
	event := func(orderID, openID, waybillID string) map[string]string {
		return map[string]string{"orderId": orderID, "openid": openID, "deliveryId": "SF", "waybillId": waybillID}
	}
	returned := func(standIn ...string) (list []any) {
		t.Helper()
		// As at the start, for the one cancels what the other has to cancel.
		mustSay(t, "", "curl", "-sS", "--fail", "-X", "POST", "http://"+d.control+"/reset")
		command := append([]string{"node", "cloud.cjs", filepath.Join(tools, "npm"), "https://" + d.merchant, testdata + "cancelorder-cloud-function.js"}, standIn...)
		var raw json.RawMessage
		d.talk(command, []map[string]string{
			event("order-carrier-lost", "oABCD", "123456798"),
			event("012345678901234567890123456789", "oABCD", "123456789"),
			event("012345678901234567890123456789", "oABCD", "123456789"),
			event("order-absent", "oABCD", "123456795"),
			event("order-old", "", "123456795"),
		}, &raw)
		storetest.Must(t, json.Unmarshal(requestID.ReplaceAll(raw, []byte("rid")), &list))
		return list
	}
	got, want := returned(), returned(testdata+"wx-server-sdk.js")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("wx-server-sdk: %v\nthe stand-in: %v", got, want)
	}
	refused := map[string]any{"raised": true, "error": map[string]any{"errCode": 9300501.0, "errMsg": "openapi.logistics.cancelOrder:fail delivery logic fail"}}
	if len(got) != 5 || !reflect.DeepEqual(got[0], refused) {
		t.Errorf("where the carrier says no: %v", got)
	}
	cancelled := map[string]any{"errCode": 0.0, "errMsg": "openapi.logistics.cancelOrder:ok", "deliveryResultcode": 0.0, "deliveryResultmsg": ""}
	if len(got) != 5 || !reflect.DeepEqual(got[1], cancelled) {
		t.Errorf("where it cancels: %v", got)
	}
}

// requestID is what is new in every answer.
var requestID = regexp.MustCompile(`rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}`)
