package store

import "carrierhook/internal/store/pg"

// Deadlocked tells whether Postgres ended one of several who waited for each other.
func Deadlock(err error) bool { return pg.Deadlock(err) }
