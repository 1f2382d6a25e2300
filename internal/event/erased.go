package event

import "errors"

// TokenErased begins the failure of a dead event whose call needs an order's Token that is
// not stored any more: the call can never be made, and the event is not sent again.
const TokenErased = "token_erased"

// Why what a call says cannot be read any more.
var (
	ErrTokenErased = errors.New("the order's Token was erased: WeChat cannot be called about it any more")
	ErrTextErased  = errors.New("the message was erased")
)
