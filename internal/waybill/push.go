package waybill

import "errors"

// ErrOverloaded says that a request was turned away before anything was looked up
// for it, because more came than could be decided in time.
var ErrOverloaded = errors.New("turned away before it was looked up: more came than can be decided in time")

// ErrTooManyPasswords says that the merchant's password was not compared, because
// more were under way than can be compared in time: somebody guesses. Nothing was
// decided and nothing kept.
var ErrTooManyPasswords = errors.New("the password was not compared: too many are compared for this merchant, or for all")

// ErrNoNumbers says that an order was fit to be booked and that the ranges which
// the carrier gives waybill numbers from are used up. Nothing was kept.
var ErrNoNumbers = errors.New("the carrier's own waybill numbers are used up")
