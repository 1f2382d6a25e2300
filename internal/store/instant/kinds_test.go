package instant

import (
	"testing"

	"carrierhook/internal/delivery"
)

// What a kind of push may change decides whether its order is locked, and how its change
// is found after a doubt: a new kind has to be thought about.
func TestKinds(t *testing.T) {
	t.Parallel()
	id := [32]byte{1}
	changed := map[delivery.Kind]*delivery.Attempt{ // what the kind leaves; nil: it changes nothing
		delivery.Precreate: nil, delivery.Precancel: nil, delivery.Query: nil,
		delivery.Add: {Push: id}, delivery.Readd: {Push: id},
		delivery.Cancel: {CancelPush: id}, delivery.Tip: {TipPush: id}, delivery.ConfirmReturn: {ReturnPush: id},
	}
	for _, kind := range delivery.Kinds() {
		a, known := changed[kind]
		j := newPushJob(delivery.Request{Kind: kind})
		j.req.Push.ID = id
		j.newAttempt.WaybillID = ""
		o := &loadedOrder{}
		if a != nil {
			o.Attempts = []delivery.Attempt{*a}
		}
		locks := a != nil && kind != delivery.Add // whose order is not there yet
		if !known || o.hasChangeOf(j) != (a != nil) || j.locks() != locks {
			t.Errorf("%s: known %t, its change is found %t, its order locked %t", kind, known, o.hasChangeOf(j), j.locks())
		}
	}
}
