package event

import "errors"

// TokenErased is the failure of a dead event whose call needs an order's Token that is not
// stored any more: the call can never be made, so that sending the event again is no use.
const TokenErased = "token_erased"

// Why what a call says cannot be read any more.
var (
	ErrTokenErased = errors.New("the order's Token was erased")
	ErrTextErased  = errors.New("the message was erased")
)
