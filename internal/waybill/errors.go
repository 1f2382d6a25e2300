package waybill

import "errors"

// ErrOverloaded says that a request was turned away before anything was looked up: there are
// more requests than can be decided in time.
var ErrOverloaded = errors.New("turned away before it was looked up: more came than can be decided in time")

// ErrTooManyPasswords says that the merchant's password was not compared, because more were
// under way than can be compared in time: somebody is guessing. Nothing was decided or
// stored.
var ErrTooManyPasswords = errors.New("the password was not compared: too many are compared for this merchant, or for all")

// ErrNoNumbers says that an order could be booked, but the carrier's own number ranges are
// used up. Nothing was stored.
var ErrNoNumbers = errors.New("the carrier's own waybill numbers are used up")
