package delivery

import "slices"

// Status is how far an attempt has come: WeChat's order_status.
type Status int

// The statuses.
const (
	Waiting              Status = 101
	Assigned             Status = 102
	CancelledEarly       Status = 103
	AtShop               Status = 201
	PickedUp             Status = 202
	PickupCancelled      Status = 203
	PickupFailedRider    Status = 204
	PickupFailedShop     Status = 205
	Delivering           Status = 301
	Delivered            Status = 302
	ReturningCancelled   Status = 303
	ReturningUnreachable Status = 304
	ReturningRefused     Status = 305
	Returned             Status = 401
	CarrierFault         Status = 501
	ForceMajeure         Status = 502
)

// course is what is known of a status: what it is called, and what may be
// reported after it. One that nothing follows is an end.
type course struct {
	text string
	next []Status
}

// courses is the one table of what follows what. A rider may give an order back
// (102, 201 to 101), or another one take it (102, 201 to 102).
var courses = map[Status]course{
	Waiting: {"waiting for a rider", []Status{Assigned, CancelledEarly, CarrierFault, ForceMajeure}},
	Assigned: {"a rider is assigned", []Status{
		Waiting, Assigned, CancelledEarly, AtShop, PickedUp, PickupCancelled, PickupFailedRider, PickupFailedShop,
		Delivering, CarrierFault, ForceMajeure,
	}},
	CancelledEarly: {"cancelled by the merchant before a rider came", nil},
	AtShop: {"the rider is at the shop", []Status{
		Waiting, Assigned, PickedUp, PickupCancelled, PickupFailedRider, PickupFailedShop, Delivering, CarrierFault, ForceMajeure,
	}},
	PickedUp: {"picked up", []Status{
		Delivering, Delivered, ReturningCancelled, ReturningUnreachable, ReturningRefused, CarrierFault, ForceMajeure,
	}},
	PickupCancelled:   {"not picked up: cancelled by the merchant", nil},
	PickupFailedRider: {"not picked up, for the rider's own cause", nil},
	PickupFailedShop:  {"not picked up, for the merchant's cause", nil},
	Delivering: {"being delivered", []Status{
		Delivered, ReturningCancelled, ReturningUnreachable, ReturningRefused, CarrierFault, ForceMajeure,
	}},
	Delivered:            {"delivered", nil},
	ReturningCancelled:   {"cancelled by the merchant, the goods are going back", []Status{Returned, CarrierFault, ForceMajeure}},
	ReturningUnreachable: {"the receiver cannot be reached, the goods are going back", []Status{Returned, CarrierFault, ForceMajeure}},
	ReturningRefused:     {"the receiver refused the goods, they are going back", []Status{Returned, CarrierFault, ForceMajeure}},
	Returned:             {"the goods are back at the shop", nil},
	CarrierFault:         {"ended by a fault of the carrier", nil},
	ForceMajeure:         {"ended by force majeure", nil},
}

// Statuses lists every status, in the order of their numbers.
func Statuses() []Status {
	return []Status{
		Waiting, Assigned, CancelledEarly, AtShop, PickedUp, PickupCancelled, PickupFailedRider, PickupFailedShop,
		Delivering, Delivered, ReturningCancelled, ReturningUnreachable, ReturningRefused, Returned, CarrierFault, ForceMajeure,
	}
}

// Valid tells whether WeChat has the status.
func (s Status) Valid() bool { _, ok := courses[s]; return ok }

// Final tells whether nothing follows the status.
func (s Status) Final() bool { return s.Valid() && len(courses[s].next) == 0 }

// Failed tells whether the status is an end without delivery, after which the
// order may be placed again.
func (s Status) Failed() bool { return s.Final() && s != Delivered }

// Text says the status for people; empty for one that is not known.
func (s Status) Text() string { return courses[s].text }

// CanFollow tells whether an attempt in status s may be said to be in status
// next from now on.
func (s Status) CanFollow(next Status) bool { return slices.Contains(courses[s].next, next) }

// returning tells whether the goods are on their way back.
func (s Status) returning() bool {
	return s == ReturningCancelled || s == ReturningUnreachable || s == ReturningRefused
}
