package store_test

import (
	"time"

	"carrierhook/internal/store"
)

// lockTimeout is for tests that wait it out.
func lockTimeout(d time.Duration) func(store.Options) store.Options {
	return func(o store.Options) store.Options {
		o.LockTimeout = d
		return o
	}
}
