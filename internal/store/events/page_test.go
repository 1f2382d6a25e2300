package events_test

import (
	"testing"
	"time"

	"carrierhook/internal/store/events"
	"carrierhook/internal/store/storetest"
)

// A page says how old its events are, by the database's clock.
func TestAge(t *testing.T) {
	t.Parallel()
	c := newCared(t)
	c.Exec(t, `UPDATE event SET at = at - interval '1 hour' WHERE position = 2`)
	page, _, err := c.ReadPage(t.Context(), events.Page{Endpoint: "dispatch", UpTo: 2, Limit: 10})
	storetest.Must(t, err)
	if young, old := page[0].Age, page[1].Age; young < 0 || young > 10*time.Minute || old-young < 50*time.Minute || old-young > time.Hour {
		t.Errorf("%v and %v", young, old)
	}
}
