package events_test

import (
	"testing"

	"carrierhook/internal/store/storetest"
)

// First goes round those that have a time, be it in the future, and passes over those that
// wait for others.
func TestFirst(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.all(t)
	for _, tc := range []struct{ after, want int64 }{{0, 1}, {1, 2}, {2, 1}, {99, 1}} {
		got, err := c.First(t.Context(), "dispatch", tc.after)
		storetest.Must(t, err)
		if len(got) != 1 || got[0].Position != tc.want {
			t.Errorf("after %d: %+v", tc.after, got)
		}
	}
	if got, err := c.First(t.Context(), "other", 7); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
