package event

import (
	"errors"
	"time"
)

// What is wrong with a name or a position.
var (
	ErrNoEndpoint = errors.New("no such endpoint: no server was ever started with it")
	ErrNoEvent    = errors.New("no such event: the endpoint is not to get it, or it is not kept any more")
	ErrNotSent    = errors.New("the event waits, and was not sent yet: it can be skipped with all up to it")
	ErrDone       = errors.New("the event is delivered or skipped already")
)

// DeliveryState is how far an event is on its way to an endpoint.
type DeliveryState string

// The states.
const (
	Waiting   DeliveryState = "waiting"   // not sent yet
	Retrying  DeliveryState = "retrying"  // it failed, and is sent again
	Dead      DeliveryState = "dead"      // given up
	Delivered DeliveryState = "delivered" // or skipped by hand: of one that is done nothing is kept
)

// DeliveryStates lists the states.
func DeliveryStates() []DeliveryState { return []DeliveryState{Waiting, Retrying, Dead, Delivered} }

// DeliveryQuery asks for the events of an endpoint, newest first. What is zero does not
// matter.
type DeliveryQuery struct {
	Endpoint string
	Wants    []Kind // by the configuration
	State    DeliveryState
	Kind     Kind
	Parcel   string
	Before   int64 // position
	Limit    int
}

// Delivery is what became of an event at an endpoint.
type Delivery struct {
	Position int64
	At       time.Time
	Kind     Kind
	Parcel   string
	ID       ID
	State    DeliveryState
	Attempts int
	NextAt   time.Time // zero: it waits for an earlier one, or for nothing
	DiedAt   time.Time
	Failure  string // of the last attempt
}

// EndpointStatus is how an endpoint is.
type EndpointStatus struct {
	Name         string
	Position     int64
	Leased       bool // a server delivers to it, or would
	PausedAt     time.Time
	PausedBy     string // the name of the API token
	DisabledAt   time.Time
	FailingSince time.Time
	LastFailure  string
	LastFailedAt time.Time

	Oldest                  time.Duration // the age of the oldest that it has not; 0: it has all
	Dead, Retrying, Waiting int64
}

// Replay says what is sent to an endpoint again: one event, all dead ones, or those of a
// time, each after a position.
type Replay struct {
	Endpoint string
	Wants    []Kind
	Position int64 // of one
	Dead     bool
	From, To time.Time
	After    int64
}

// TestResult is what became of a test event.
type TestResult struct {
	ID        ID
	Delivered bool
	Failure   string
	Took      time.Duration
}
