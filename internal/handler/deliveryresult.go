package handler

import "carrierhook/internal/delivery"

// deliveryResults are those of all events of instant delivery; no event has all of
// them. WeChat fixes 0 alone and passes the rest on to the merchant, code and text:
// the numbers are ours, but 1010, which its sample of a refusal has.
var deliveryResults = map[delivery.Reason]result{
	delivery.BadIDs:      {1001, "商户编号或者订单编号不正确", "the shop id or the order id is wrong"},
	delivery.UnknownShop: {1002, "商户不存在或者已停用", "the shop does not exist or is not active"},
	delivery.WrongSign:   {1003, "签名不正确", "the signature is wrong"},

	delivery.OrderExists:     {1030, "配送单已经存在,请使用重新下单", "the order exists already, it can be placed again"},
	delivery.UnknownOrder:    {1031, "配送单不存在", "the order does not exist"},
	delivery.WaybillMismatch: {1032, "运单号或者门店编号与配送单不符", "the waybill id or the shop_no is not the order's"},
	delivery.OrderUnderWay:   {1033, "配送单进行中,不可重新下单", "the order is under way and cannot be placed again"},
	delivery.OrderDelivered:  {1034, "配送单已送达,不可重新下单", "the order was delivered and cannot be placed again"},
	delivery.TooManyAttempts: {1042, "重新下单次数过多,请使用新的订单号", "the order was placed too often, use a new order id"},
	delivery.OrderEnded:      {1037, "配送单已结束或者已重新下单", "the order has ended or was placed again"},
	delivery.TooLateToCancel: {1038, "已经取货,不可取消", "already picked up, cannot be cancelled"},
	delivery.RiderAssigned:   {1039, "骑手已接单,不可加小费", "a rider has taken the order, no tip can be added"},
	delivery.NotReturning:    {1041, "货物不在退回途中,不可确认收到", "the goods are not on their way back"},

	delivery.ReceiverWrong:     {1010, "收件人信息不正确", "the receiver's data is wrong"},
	delivery.SenderWrong:       {1011, "发件人信息不正确", "the sender's data is wrong"},
	delivery.CargoWrong:        {1012, "货物信息不正确", "the data of the goods is wrong"},
	delivery.OrderInfoWrong:    {1013, "订单信息不正确", "the order's data is wrong"},
	delivery.ExpectedTimeWrong: {1014, "预约单的期望时间不正确(没有、已过或者过远)", "the booked order has no expected time, or one that is past or too far ahead"},
	delivery.InsuranceWrong:    {1015, "保价信息不正确", "the insurance is wrong"},
	delivery.TipsWrong:         {1016, "小费金额不正确", "the amount of the tip is wrong"},

	delivery.TipsNotMore:  {1040, "小费必须高于原小费", "the tip must be more than before"},
	delivery.OrderErased:  {1036, "原配送单信息已清除,请使用新的订单号", "the order's data has been erased, use a new order id"},
	delivery.OrderChanged: {1035, "门店、发件人、收件人或者货物与原配送单不同,请使用新的订单号", "the shop_no, sender, receiver or goods are not those of before, use a new order id"},
	delivery.TokenInvalid: {1020, "delivery_token不正确或者不属于该订单", "the delivery_token is wrong or not this order's"},
	delivery.TokenExpired: {1021, "delivery_token已过期,请重新查询运费", "the delivery_token has expired, ask for the price again"},
	delivery.TooFar:       {1017, "超出配送距离", "the way is too long"},
	delivery.Accepted:     {0, "ok", "ok"},
}

// deductions are what a merchant reads of the cost of cancelling.
var deductions = map[delivery.DescKind]result{
	delivery.DescFree:      {chinese: "取消免费", english: "cancelling is free"},
	delivery.DescCancelFee: {chinese: "骑手已接单,扣除取消费用", english: "a rider has taken the order, a fee is deducted"},
	delivery.DescWholeFee:  {chinese: "骑手已取货,扣除全部配送费,货物将退回", english: "the rider has the goods and brings them back, the whole fee is deducted"},
}
