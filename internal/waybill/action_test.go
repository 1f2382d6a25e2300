package waybill

import (
	"slices"
	"testing"
	"time"
)

// updatePath is the table of WeChat's page and samples, in ascending order: the status of a
// booked waybill after each action, and the reason that a cancel gets then.
var updatePath = []struct {
	action Action
	page   string
	status Status
	cancel Reason
}{
	{90001, "网点接单", Booked, Accepted},
	{90002, "分配业务员", Booked, Accepted},
	{90003, "重新分配业务员", Booked, Accepted},
	{90010, "待支付", Booked, Accepted},
	{90011, "已支付", Booked, Accepted},
	{100001, "揽件阶段-揽件成功", Collected, NotBooked},
	{100002, "揽件阶段-揽件失败", Booked, Accepted},
	{100003, "揽件阶段-分配业务员", Booked, Accepted},
	{200001, "运输阶段-更新运输轨迹", InTransit, NotBooked},
	{300001, "undocumented", InTransit, NotBooked},
	{300002, "派送阶段-开始派送", OutForDelivery, NotBooked},
	{300003, "派送阶段-签收成功", Signed, SignedRecently},
	{300004, "派送阶段-签收失败", OutForDelivery, NotBooked},
	{300005, "第三方代收入库", OutForDelivery, NotBooked},
	{300006, "第三方代收快递员取出", OutForDelivery, NotBooked},
	{300007, "代签收", Signed, SignedRecently},
	{400001, "异常阶段-订单取消", Cancelled, AlreadyCancelled},
	{400002, "异常阶段-订单滞留", Booked, Accepted},
	{400003, "订单退回", InTransit, NotBooked},
	{400004, "订单拒收", OutForDelivery, NotBooked},
	{400005, "问题件", Booked, Accepted},
	{500001, "兜底", Booked, Accepted},
}

// There are all of WeChat's numbers, and no others.
func TestActions(t *testing.T) {
	t.Parallel()
	var want []Action
	for _, row := range updatePath {
		want = append(want, row.action)
		if row.action.Text() == "" {
			t.Errorf("%d (%s) has no text", row.action, row.page)
		}
	}
	if got := Actions(); !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	for n := range Action(600_000) {
		for _, a := range []Action{n, -n} {
			if a.Valid() != slices.Contains(want, a) {
				t.Errorf("%d: valid is %t", a, a.Valid())
			}
		}
	}
	if a := Action(100004); a.Text() != "" || a.Status() != "" {
		t.Errorf("an unknown action says %q, %q", a.Text(), a.Status())
	}
	for a, want := range map[Action]Action{Collecting: 100001, Signing: 300003, Cancelling: 400001} {
		if a != want {
			t.Errorf("%d is named for %d", a, want)
		}
	}
}

// The status after each action, and the reason of a cancel just after it and when the grace
// has passed.
func TestActionsDecideCancels(t *testing.T) {
	t.Parallel()
	for _, row := range updatePath {
		s := scan(row.action, -time.Hour)
		d := DecideScan(s, in(Booked), nil, now, now)
		if d.Verdict != Recorded || d.Waybill.Status != row.status {
			t.Errorf("%d (%s): %s, %s, want %s", row.action, row.page, d.Verdict, d.Waybill.Status, row.status)
		}
		got := DecideCancel(request(), merchant(), true, &d.Waybill, policy, now).Reason
		if got != row.cancel {
			t.Errorf("%d (%s): a cancel is %s, want %s", row.action, row.page, got, row.cancel)
		}
		later := row.cancel
		if row.status == Signed {
			later = SignedLongAgo
		}
		got = DecideCancel(request(), merchant(), true, &d.Waybill, Policy{SignedGrace: policy.SignedGrace}, s.At.Add(policy.SignedGrace+1)).Reason
		if got != later {
			t.Errorf("%d (%s): a cancel after the grace is %s, want %s", row.action, row.page, got, later)
		}
	}
}
