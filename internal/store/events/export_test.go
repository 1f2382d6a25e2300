package events

import "time"

// CommittedAt is when a Horizon that does not run any more was last certain of its row.
func (h *Horizon) CommittedAt() time.Time { return h.committedAt }
