package express_test

import (
	"context"
	"maps"
	"testing"
)

// Of any waybills those are found that a push has booked.
func TestBookedByWeChat(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W1", "W2", "W3")
	d.Exec(t, `UPDATE waybill SET book_push = sha256('push') WHERE waybill_id IN ('W1', 'W3')`)
	got, err := d.BookedByWeChat(t.Context(), []string{"W1", "W2", "W1", "W9"})
	if want := map[string]bool{"W1": true}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := d.BookedByWeChat(ctx, []string{"W1"}); err == nil || got != nil {
		t.Errorf("without an answer: %v, %v", got, err)
	}
}
