package client

import (
	"context"
	"errors"
	"time"
)

// Sealed is an access token as it is stored, and how long it holds by the one clock that
// all servers share.
type Sealed struct {
	Bytes []byte        // empty: there is none
	Left  time.Duration // until it ends
	Age   time.Duration // since it was got
}

// ErrLocked says that another server renews the token.
var ErrLocked = errors.New("another server renews the access token")

// TokenStore keeps one sealed token for each app id, for all servers.
type TokenStore interface {
	// Read returns what is stored.
	Read(ctx context.Context, appID string) (Sealed, error)

	// Renew locks what is stored for an app id, calls f with it, and stores what f returns,
	// unless that is the same token. What f returns holds from the moment of the lock.
	// Where another server has the lock, it waits for a time, or not at all: then it returns
	// ErrLocked. An error of f is returned as it is.
	Renew(ctx context.Context, appID string, wait bool, f func(ctx context.Context, now Sealed) (Sealed, error)) (Sealed, error)
}
