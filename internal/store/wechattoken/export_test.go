package wechattoken

import "time"

// SetLimits replaces the limits of a lock.
func (s *Store) SetLimits(wait, locked time.Duration) { s.maxWait, s.maxLocked = wait, locked }
