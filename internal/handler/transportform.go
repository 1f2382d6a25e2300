package handler

import (
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/wechat"
)

// form is what a message says, in the rule's words.
func form(m wechat.TransportOrder) delivery.OrderFields {
	f := delivery.OrderFields{
		ShopID:   m.ShopID,
		ShopNo:   m.ShopNo,
		OrderID:  m.ShopOrderID,
		Sign:     m.DeliverySign,
		WXToken:  m.WXToken,
		Token:    m.DeliveryToken,
		Sender:   delivery.ContactFields(m.Sender),
		Receiver: delivery.ContactFields(m.Receiver),
		Cargo: delivery.CargoFields{
			Value:        m.Cargo.Value,
			Height:       m.Cargo.Height,
			Length:       m.Cargo.Length,
			Width:        m.Cargo.Width,
			Weight:       m.Cargo.Weight,
			PickupInfo:   m.Cargo.PickupInfo,
			DeliveryInfo: m.Cargo.DeliveryInfo,
			FirstClass:   m.Cargo.FirstClass,
			SecondClass:  m.Cargo.SecondClass,
		},
		Info: delivery.InfoFields(m.OrderInfo),
	}
	for _, line := range m.Cargo.Goods {
		f.Cargo.Goods = append(f.Cargo.Goods, delivery.GoodsFields(line))
	}
	return f
}

// priced puts a price into a reply.
func priced(r *wechat.TransportReply, q delivery.Quote, tips delivery.Fen) {
	r.Fee, r.DeliverFee, r.CouponFee = int64(q.Fee()), int64(q.Deliver), int64(q.Coupon)
	r.InsuranceFee, r.Distance, r.Tips = int64(q.Insurance), q.Metres, int64(tips)
}

// seconds is a duration on the wire, 0 where it is not known.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }
