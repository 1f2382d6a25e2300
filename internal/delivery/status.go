package delivery

import (
	"maps"
	"slices"
)

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

// statuses is the one table of what each status means, and which statuses may follow it. A
// rider may give an order back (102, 201 to 101), or another one take it (102, 201 to 102).
var statuses = map[Status]struct {
	text string
	next []Status // empty: final
}{
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
func Statuses() []Status { return slices.Sorted(maps.Keys(statuses)) }

// Valid reports whether WeChat has the status.
func (s Status) Valid() bool { _, ok := statuses[s]; return ok }

// Final reports whether nothing follows the status.
func (s Status) Final() bool { return s.Valid() && len(statuses[s].next) == 0 }

// Failed reports whether the status is final without delivery, after which the order may be
// placed again.
func (s Status) Failed() bool { return s.Final() && s != Delivered }

// Text is the meaning of the status; empty for an unknown one.
func (s Status) Text() string { return statuses[s].text }

// CanFollow reports whether status next may follow status s.
func (s Status) CanFollow(next Status) bool { return slices.Contains(statuses[s].next, next) }

// returning reports whether the goods are on their way back.
func (s Status) returning() bool {
	return s == ReturningCancelled || s == ReturningUnreachable || s == ReturningRefused
}
