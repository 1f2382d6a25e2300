package express_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A batch has an answer for each order, as order/get has it but for the user, who is not
// named, and the waybill, which need not be.
func TestBatchGetOrder(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.WantCode(CancelPath, CancelBody(), 0)
	one := func(order, delivery, waybill string) string {
		return `{"order_id":"` + order + `","delivery_id":"` + delivery + `","waybill_id":"` + waybill + `"}`
	}
	list := func(orders ...string) string { return `{"order_list":[` + strings.Join(orders, ",") + `]}` }
	got := d.Call(BatchGetPath, list(one("order", "SF", "W1"), `{"order_id":"elsewhere","delivery_id":"SF"}`,
		one("absent", "SF", "W1"), one("order", "SF", "W2"), one("order", "NOBODY", "W1"), one("order", "ZTO", "W1")))
	var answer struct {
		ErrCode *int              `json:"errcode"`
		List    []json.RawMessage `json:"order_list"`
	}
	Decode(t, got, &answer)
	if answer.ErrCode != nil || len(answer.List) != 6 {
		t.Fatal(got)
	}
	if single := d.Call(GetPath, CancelBody()); string(answer.List[0]) != single || !strings.Contains(single, `"order_status":1`) {
		t.Errorf("\n got %s\nwant %s", answer.List[0], single)
	}
	if !strings.Contains(string(answer.List[1]), `"waybill_id":"W2","order_id":"elsewhere","order_status":0}`) {
		t.Errorf("without a waybill: %s", answer.List[1])
	}
	for i, want := range []int{930563, 40199, 9300503, 930563} {
		if code := d.Errcode(string(answer.List[2+i])); code != want {
			t.Errorf("%s, want %d", answer.List[2+i], want)
		}
	}
	if !strings.HasSuffix(string(answer.List[2]), `"print_html":"","waybill_data":[],"delivery_id":"SF","waybill_id":"W1","order_id":"absent","order_status":0}`) {
		t.Errorf("%s", answer.List[2])
	}
	hundred := strings.TrimSuffix(strings.Repeat(one("order", "SF", "W1")+",", 100), ",")
	if got := d.Call(BatchGetPath, list(hundred)); strings.Count(got, `"errcode":0`) != 100 {
		t.Error(got)
	}
	for want, body := range map[int]string{930561: list(hundred, one("order", "SF", "W1")), 47001: `{"order_list":{}}`} {
		d.WantCode(BatchGetPath, body, want)
	}
	for _, body := range []string{`{}`, list(), list(`{"delivery_id":"SF"}`)} {
		d.WantCode(BatchGetPath, body, 930561)
	}
}
