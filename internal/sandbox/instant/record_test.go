package instant

import (
	"strconv"
	"testing"
)

// What no company took is forgotten before what has ended, that before what is under
// way, and of each the oldest first.
func TestForgetsInOrder(t *testing.T) {
	t.Parallel()
	var r record
	r.clear()
	for _, made := range []struct {
		id    string
		doubt bool
		takes []int // the statuses of its attempts
	}{
		{"doubted", true, nil}, {"waiting", false, []int{statusWaiting}}, {"again", true, []int{statusCancelled}},
		{"ended", false, []int{statusCancelled, statusReturned}}, {"ended too", false, []int{statusCancelled}},
		{"price", false, nil}, {"price too", false, nil},
	} {
		o := r.claim(orderKey{"a", "s", made.id})
		for i, status := range made.takes {
			r.begin(o, "SFTC", "", made.id+strconv.Itoa(i))
			r.took(o, "W", status, 0)
		}
		if made.doubt {
			r.begin(o, "SFTC", "", made.id)
			r.unknown(o)
		}
		r.leave(o)
	}
	r.fill(true)
	tokens := len(r.tokens)
	for i, step := range []struct {
		id     string
		tokens int
	}{{"price", 0}, {"price too", 0}, {"ended", 2}, {"ended too", 1}, {"doubted", 1}, {"waiting", 1}, {"again", 2}, {"full0", 1}} {
		if r.orders[orderKey{"a", "s", step.id}] == nil && step.id != "full0" {
			t.Errorf("%s is forgotten too early", step.id)
		}
		o := r.claim(orderKey{"a", "s", "new" + strconv.Itoa(i)})
		r.begin(o, "SFTC", "", "new"+strconv.Itoa(i))
		r.took(o, "W", statusWaiting, 0)
		r.leave(o)
		tokens += 1 - step.tokens
		if r.orders[orderKey{"a", "s", step.id}] != nil || len(r.tokens) != tokens || len(r.orders) != maxOrders || len(r.oldest) != maxOrders {
			t.Errorf("%s should go: %d tokens for %d, %d orders", step.id, len(r.tokens), tokens, len(r.orders))
		}
	}
	if r.orders[orderKey{"wxABCD", "122222222", "full0"}] != nil {
		t.Error("the oldest of all is there")
	}
}

// WeChat's page on signs has this example. The letters' case is of no importance.
func TestSignedOfThePage(t *testing.T) {
	t.Parallel()
	if f := trialSigned(orderKey{shopID: "test_shop_id", orderID: "test_shop_order_id"}, "A93D8D6BAE9A9483C1B1D4E8670E7F6226EC94CB"); f != nil {
		t.Errorf("%+v", f)
	}
}
