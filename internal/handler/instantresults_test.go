package handler_test

import (
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// documentedDelivery are the result codes of instant delivery and their texts.
var documentedDelivery = map[delivery.Reason]struct {
	code int
	text string
}{
	delivery.Accepted:          {0, "ok"},
	delivery.BadIDs:            {1001, "商户编号或者订单编号不正确"},
	delivery.UnknownShop:       {1002, "商户不存在或者已停用"},
	delivery.WrongSign:         {1003, "签名不正确"},
	delivery.ReceiverWrong:     {1010, "收件人信息不正确"}, // WeChat's own
	delivery.SenderWrong:       {1011, "发件人信息不正确"},
	delivery.CargoWrong:        {1012, "货物信息不正确"},
	delivery.OrderInfoWrong:    {1013, "订单信息不正确"},
	delivery.ExpectedTimeWrong: {1014, "预约单的期望时间不正确(没有、已过或者过远)"},
	delivery.InsuranceWrong:    {1015, "保价信息不正确"},
	delivery.TipsWrong:         {1016, "小费金额不正确"},
	delivery.TooFar:            {1017, "超出配送距离"},
	delivery.TokenInvalid:      {1020, "delivery_token不正确或者不属于该订单"},
	delivery.TokenExpired:      {1021, "delivery_token已过期,请重新查询运费"},
	delivery.OrderExists:       {1030, "配送单已经存在,请使用重新下单"},
	delivery.UnknownOrder:      {1031, "配送单不存在"},
	delivery.WaybillMismatch:   {1032, "运单号或者门店编号与配送单不符"},
	delivery.OrderUnderWay:     {1033, "配送单进行中,不可重新下单"},
	delivery.OrderDelivered:    {1034, "配送单已送达,不可重新下单"},
	delivery.OrderChanged:      {1035, "门店、发件人、收件人或者货物与原配送单不同,请使用新的订单号"},
	delivery.OrderErased:       {1036, "原配送单信息已清除,请使用新的订单号"},
	delivery.OrderEnded:        {1037, "配送单已结束或者已重新下单"},
	delivery.TooLateToCancel:   {1038, "已经取货,不可取消"},
	delivery.RiderAssigned:     {1039, "骑手已接单,不可加小费"},
	delivery.TipsNotMore:       {1040, "小费必须高于原小费"},
	delivery.NotReturning:      {1041, "货物不在退回途中,不可确认收到"},
	delivery.TooManyAttempts:   {1042, "重新下单次数过多,请使用新的订单号"},
}

// TestDeliveryCodes: each reason has a number and words of its own, whatever the
// event, and no number is that of our own failure.
func TestDeliveryCodes(t *testing.T) {
	t.Parallel()
	if len(documentedDelivery) != len(delivery.Reasons()) {
		t.Errorf("there are %d reasons, the test has %d", len(delivery.Reasons()), len(documentedDelivery))
	}
	codes := map[int]delivery.Reason{}
	for _, why := range delivery.Reasons() {
		want, ok := documentedDelivery[why]
		for _, event := range instantEvents {
			if got := handler.ResultCode(event, string(why)); !ok || got != want.code {
				t.Errorf("%s of %s: %d, want %d", why, event, got, want.code)
			}
		}
		if other, taken := codes[want.code]; taken || want.code < 0 {
			t.Errorf("%s and %s both have %d", why, other, want.code)
		}
		codes[want.code] = why
	}
}

// TestCancelTexts: what a merchant reads of the cost of cancelling, in its language.
func TestCancelTexts(t *testing.T) {
	t.Parallel()
	want := map[delivery.DescKind][2]string{
		delivery.DescFree:      {"取消免费", "cancelling is free"},
		delivery.DescCancelFee: {"骑手已接单,扣除取消费用", "a rider has taken the order, a fee is deducted"},
		delivery.DescWholeFee:  {"骑手已取货,扣除全部配送费,货物将退回", "the rider has the goods and brings them back, the whole fee is deducted"},
	}
	if len(want) != len(delivery.DescKinds()) {
		t.Errorf("there are %d kinds", len(delivery.DescKinds()))
	}
	for _, kind := range delivery.DescKinds() {
		for i, language := range []handler.Language{handler.Chinese, handler.English} {
			for _, event := range []string{"transport_cancel_order", "transport_precancel_order"} {
				s := newServer(t, wechat.Plain, func(o *options) { o.Language = language })
				couriered(delivery.Decision{Reason: delivery.Accepted, Deduct: 305, Desc: kind})(s.desk)
				w := s.post(wechatPush(t, wechat.JSON, wechat.Plain, wechat.EncodeTransportAsk(wechat.JSON, asked(event))))
				r, err := wechat.DecodeTransportReply(wechat.JSON, event, w.Body.Bytes())
				must(t, err)
				if r.Desc != want[kind][i] || r.Desc == "" || r.DeductFee != 305 {
					t.Errorf("%s, %s: %q, %d fen", event, kind, r.Desc, r.DeductFee)
				}
			}
		}
	}
}
