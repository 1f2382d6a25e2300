package express_test

import (
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A push that the carrier must refuse is the system error, by each call, and changes
// nothing. One that only arrives awkwardly is not noticed.
func TestFaults(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.JSON, nil)
	d.Carrier.AnswerAdd(0, "##SF_mark##1##")
	d.Carrier.AnswerAccount(0, "success")
	for _, fault := range sandbox.Faults() {
		switch fault {
		case sandbox.OverLimit, sandbox.StaleTimestamp, sandbox.ClockOff:
			continue // the test's receiver minds neither size nor time
		case sandbox.RepeatedMember:
			continue // the test's carrier has no failures: docs/sandbox.md shows what ours says
		}
		call := func(path, body string, code int) string {
			t.Helper()
			d.SetFault(fault, 1)
			got := d.Call(path, body)
			if fault.MustRefuse() != strings.Contains(got, `"errmsg"`) && !strings.HasPrefix(got, `{"errcode":0,`) || fault.MustRefuse() && d.Errcode(got) != code {
				t.Errorf("%s, %s: %s", fault, path, got)
			}
			return got
		}
		order := AddBody("order_id", `"`+string(fault)+`"`)
		got := call(AddPath, order, 9300502)
		if fault.MustRefuse() {
			got = d.Call(AddPath, order)
		}
		number := WaybillOf(t, got)
		if packet, _ := d.Carrier.Last(); number == "" || MemberOf(packet, wechat.JSON, "WayBillID") != number {
			t.Errorf("%s: the number is %q", fault, number)
		}
		cancel, before := CancelBody("order_id", string(fault), "waybill_id", number), d.Carrier.Count()
		call(CancelPath, cancel, -1)
		if n := d.Carrier.Count() - before; fault == sandbox.Twice && n != 2 {
			t.Errorf("%s: %d pushes", fault, n)
		}
		call(BindPath, BindBody("biz_id", string(fault)), 9300502)
		call(QuotaPath, QuotaBody, 9300502)
		if fault.MustRefuse() {
			d.WantCode(CancelPath, cancel, 0)
			d.WantCode(BindPath, BindBody("biz_id", string(fault)), 0)
		}
	}
	shown := d.Show("pushes")
	for _, part := range []string{`"event":"check_biz","biz_id":"twice"`, `"event":"get_quota"`, `"fault":"twice"`, sandbox.Hidden} {
		if !strings.Contains(shown, part) {
			t.Errorf("%s is not in %s", part, shown)
		}
	}
	if strings.Contains(shown, Password) {
		t.Errorf("the password is shown: %s", shown)
	}
}
