package delivery

import "slices"

// sameAs tells whether an order that is placed again is the order of before: the
// same goods, from the same shop, to the same person. What may differ is where
// the receiver is (a wrong address is a reason to place it again), what the goods
// weigh, measure and are worth, and how they are to be delivered.
func (o *Order) sameAs(before *Order) bool {
	return o.Sender == before.Sender &&
		o.Receiver.Name == before.Receiver.Name && o.Receiver.Phone == before.Receiver.Phone &&
		slices.Equal(o.Cargo.Goods, before.Cargo.Goods) &&
		o.Cargo.FirstClass == before.Cargo.FirstClass && o.Cargo.SecondClass == before.Cargo.SecondClass
}
