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
// if the action implies one, and its text. 300001 is in WeChat's samples and is not
// documented; it is at least in transit.
var actions = map[Action]struct {
	min  Status
	text string
}{
	90001:      {"", "taken on by an outlet"},
	90002:      {"", "a courier was assigned"},
	90003:      {"", "another courier was assigned"},
	90010:      {"", "to be paid"},
	90011:      {"", "paid"},
	Collecting: {Collected, "picked up"},
	100002:     {"", "pickup failed"},
	100003:     {"", "a courier was assigned"},
	200001:     {InTransit, "in transit"},
	300001:     {InTransit, "on its way to be delivered"},
	300002:     {OutForDelivery, "out for delivery"},
	Signing:    {Signed, "signed for"},
	300004:     {OutForDelivery, "delivery failed"},
	300005:     {OutForDelivery, "left with a third party"},
	300006:     {OutForDelivery, "taken back from the third party"},
	300007:     {Signed, "signed for by somebody else"},
	Cancelling: {Cancelled, "order cancelled"},
	400002:     {"", "held up"},
	400003:     {InTransit, "being returned"},
	400004:     {OutForDelivery, "refused by the receiver"},
	400005:     {"", "something is wrong with the parcel"},
	500001:     {"", "something else"},
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
