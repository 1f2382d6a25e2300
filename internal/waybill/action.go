package waybill

import (
	"maps"
	"slices"
)

// Action is what happened to a parcel: the action_type of WeChat's updatePath, with the
// numbers that scattered orders add.
type Action int

// The actions that the rules know by name.
const (
	Collecting Action = 100001 // the courier has the parcel
	Signing    Action = 300003 // the receiver, or somebody for them, has it
	Cancelling Action = 400001 // the carrier's own systems cancelled it
)

// actions is the one table of actions: the status that a parcel has at least after each,
// if the action implies one; its text; which of its own nine WeChat takes for it at
// updatePath, 0 for none; and the Chinese text that its users read where the carrier gave
// none. 300001 is in WeChat's samples and is not documented; it is at least in transit.
var actions = map[Action]struct {
	min     Status
	text    string
	path    Action
	chinese string
}{
	90001:      {"", "taken on by an outlet", 0, "网点已接单"},
	90002:      {"", "a courier was assigned", 100003, "已分配业务员"},
	90003:      {"", "another courier was assigned", 100003, "已重新分配业务员"},
	90010:      {"", "to be paid", 0, "运费待支付"},
	90011:      {"", "paid", 0, "运费已支付"},
	Collecting: {Collected, "picked up", Collecting, "快件已揽收"},
	100002:     {"", "pickup failed", 100002, "揽收失败"},
	100003:     {"", "a courier was assigned", 100003, "已分配业务员"},
	200001:     {InTransit, "in transit", 200001, "快件运输中"},
	300001:     {InTransit, "on its way to be delivered", 200001, "快件正发往派送网点"},
	300002:     {OutForDelivery, "out for delivery", 300002, "快件派送中"},
	Signing:    {Signed, "signed for", Signing, "快件已签收"},
	300004:     {OutForDelivery, "delivery failed", 300004, "快件派送失败"},
	300005:     {OutForDelivery, "left with a third party", 300002, "快件已存放至代收点"},
	300006:     {OutForDelivery, "taken back from the third party", 300002, "快递员已从代收点取出快件"},
	300007:     {Signed, "signed for by somebody else", Signing, "快件已由他人代签收"},
	Cancelling: {Cancelled, "order cancelled", Cancelling, "订单已取消"},
	400002:     {"", "held up", 400002, "快件滞留"},
	400003:     {InTransit, "being returned", 200001, "快件正在退回"},
	400004:     {OutForDelivery, "refused by the receiver", 300004, "收件人拒收快件"},
	400005:     {"", "something is wrong with the parcel", 400002, "快件出现异常，正在处理"},
	500001:     {"", "something else", 200001, "物流状态已更新"},
}

// Actions lists every action, in ascending order.
func Actions() []Action { return slices.Sorted(maps.Keys(actions)) }

// Valid reports whether WeChat has the action.
func (a Action) Valid() bool {
	_, ok := actions[a]
	return ok
}

// Status is the status that a parcel has at least after the action; empty if the action
// implies none.
func (a Action) Status() Status { return actions[a].min }

// Text is the action in English.
func (a Action) Text() string { return actions[a].text }
