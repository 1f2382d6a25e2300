package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/wechat"
)

// metres is the way on a sphere between two points in degrees, by vectors: another
// formula than the server's.
func metres(fromLng, fromLat, toLng, toLat float64) int64 {
	vector := func(lng, lat float64) [3]float64 {
		lng, lat = lng*math.Pi/180, lat*math.Pi/180
		return [3]float64{math.Cos(lat) * math.Cos(lng), math.Cos(lat) * math.Sin(lng), math.Sin(lat)}
	}
	a, b := vector(fromLng, fromLat), vector(toLng, toLat)
	cross := [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
	angle := math.Atan2(math.Sqrt(cross[0]*cross[0]+cross[1]*cross[1]+cross[2]*cross[2]), a[0]*b[0]+a[1]*b[1]+a[2]*b[2])
	return int64(math.Round(6371008.8 * angle))
}

// price is the price of a way by a tariff, with fractions instead of the server's
// whole fen: deliverfee, couponfee and insurancefee in yuan.
func price(c config.Tariff, metres int64, kg, declared string) [3]string {
	num := func(text string) *big.Rat {
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			panic(text)
		}
		return r
	}
	begun := func(r *big.Rat) *big.Rat { // up to the next whole one, and not below nothing
		if r.Sign() <= 0 {
			return new(big.Rat)
		}
		n := new(big.Int).Div(new(big.Int).Add(r.Num(), new(big.Int).Sub(r.Denom(), big.NewInt(1))), r.Denom())
		return new(big.Rat).SetInt(n)
	}
	times := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
	km := begun(new(big.Rat).Sub(big.NewRat(metres, 1000), big.NewRat(int64(c.BaseKm), 1)))
	kilos := begun(new(big.Rat).Sub(num(kg), big.NewRat(int64(c.BaseKg), 1)))
	deliver := num(c.Base.String())
	deliver.Add(deliver, times(km, num(c.PerKm.String())))
	deliver.Add(deliver, times(kilos, num(c.PerKg.String())))
	coupon := num(c.Coupon.String())
	if coupon.Cmp(deliver) > 0 {
		coupon = deliver
	}
	insurance := begun(times(times(num(declared), big.NewRat(100, 1)), big.NewRat(int64(c.InsurancePerMille), 1000)))
	insurance.Quo(insurance, big.NewRat(100, 1))
	return [3]string{deliver.FloatString(2), coupon.FloatString(2), insurance.FloatString(2)}
}

// yuan2 is a JSON number as an amount with two decimals.
func yuan2(tb testing.TB, n json.Number) string {
	tb.Helper()
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		tb.Fatalf("%q is no amount", n)
	}
	return r.FloatString(2)
}

// What an order costs follows the tariff, the coordinates, the weight and the
// insurance, reckoned here in another way; and so does what a tip adds, which is not
// part of the fee.
func TestDeliveryFees(t *testing.T) {
	t.Parallel()
	usual := config.Default().Delivery.Tariff
	dear := config.Tariff{Base: 812, BaseKm: 0, BaseKg: 1, PerKm: 135, PerKg: 5, InsurancePerMille: 7, Coupon: 250, CancelFee: 300}
	free := config.Tariff{Base: 100, BaseKm: 50, BaseKg: 50, Coupon: 10_00}
	type order struct {
		toLng, toLat, kg, declared string
		insured                    int
	}
	orders := []order{
		{"116.50603", "40.15296", "1", "0", 0},
		{"116.50603", "40.15296", "5.01", "0", 0},
		{"116.383075", "40.448612", "5", "0", 0},
		{"116.383075", "40.475590", "50", "1234.56", 1},
		{"116.383075", "40.475600", "0.01", "0.01", 1},
		{"116.612345", "40.111111", "12.34", "99.99", 1},
	}
	for i, tariff := range []config.Tariff{usual, dear, free} {
		cfg := testConfig(withSamples(t), wechat.Plain)
		cfg.Delivery.Tariff = tariff
		d := playWeChat(t, start(t, cfg), wechat.Plain, wechat.JSON, nil)
		for n, o := range orders {
			var lng, lat float64
			fmt.Sscan(o.toLng, &lng)
			fmt.Sscan(o.toLat, &lat)
			way := metres(116.383075, 40.448612, lng, lat)
			want := price(tariff, way, o.kg, o.declared)
			says, got := d.local(0, "pre_add", reorder(t, func(m map[string]any) {
				id := fmt.Sprintf("fee-%d-%d", i, n)
				m["shop_order_id"], m["delivery_sign"] = id, signOf(m, id)
				to, cargo, info := m["receiver"].(map[string]any), m["cargo"].(map[string]any), m["order_info"].(map[string]any)
				to["lng"], to["lat"] = json.Number(o.toLng), json.Number(o.toLat)
				cargo["goods_weight"] = json.Number(o.kg)
				info["is_insured"], info["tips"] = o.insured, json.Number("3.5")
				if o.insured == 1 {
					info["declared_value"] = json.Number(o.declared)
				}
			}))
			amounts := [3]string{yuan2(t, got.DeliverFee), yuan2(t, got.CouponFee), yuan2(t, got.InsuranceFee)}
			if amounts != want || got.Distance != way || got.InsuranceFee != got.InsuranceFee2 || yuan2(t, got.Tips) != "3.50" {
				t.Errorf("tariff %d, order %d: %s\nwant %v for %d metres", i, n, says, want, way)
			}
			deliver, _ := new(big.Rat).SetString(want[0])
			coupon, _ := new(big.Rat).SetString(want[1])
			if fee := deliver.Sub(deliver, coupon).FloatString(2); yuan2(t, got.Fee) != fee {
				t.Errorf("tariff %d, order %d: the fee is %s, want %s", i, n, got.Fee, fee)
			}
		}
	}
}

// Points of Baidu's are the same places as those of the other coordinates that they
// are converted to: the way between them is the same but for a metre. Only one of the
// two is of Baidu's here, so that a conversion of none would show as kilometres.
func TestDeliveryFromBaidu(t *testing.T) {
	t.Parallel()
	d := playWeChat(t, start(t, testConfig(withSamples(t), wechat.Plain)), wechat.Plain, wechat.XML, nil)
	// By the published formula: 116.404, 39.915 of Baidu's is 116.39762729119315,
	// 39.90865673957631.
	way := metres(116.383075, 40.148612, 116.39762729119315, 39.90865673957631)
	_, got := d.local(0, "pre_add", reorder(t, func(m map[string]any) {
		m["delivery_sign"] = signOf(m, m["shop_order_id"].(string))
		from, to := m["sender"].(map[string]any), m["receiver"].(map[string]any)
		from["lat"] = json.Number("40.148612")
		to["lng"], to["lat"], to["coordinate_type"] = json.Number("116.404"), json.Number("39.915"), 1
	}))
	if got.Distance < way-1 || got.Distance > way+1 {
		t.Errorf("%d metres, want %d", got.Distance, way)
	}
}

// A quoted price holds though the tariff has changed since, for an order that is
// placed and for one that is placed again; without its token it is today's. One
// that is too old, and one for another order or place, are told.
func TestQuotedPriceHolds(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	server := func(change func(*config.Delivery)) *shop {
		cfg := testConfig(url, wechat.Plain)
		change(&cfg.Delivery)
		return &shop{tb: t, wx: start(t, cfg).wechat(t, wechat.Plain, wechat.JSON)}
	}
	cheap := server(func(*config.Delivery) {})
	dear := server(func(d *config.Delivery) { d.Tariff.Base = 2000 })
	dear.sent = 1000
	hasty := server(func(d *config.Delivery) { d.QuoteValidity = 0 })
	hasty.sent = 2000

	token := cheap.places(0, cheap.order(wechat.EventPrecreateOrder, "held-1")).DeliveryToken
	stale := hasty.places(0, hasty.order(wechat.EventPrecreateOrder, "held-1")).DeliveryToken
	place := func(code int, event, orderID, token string, change func(*wechat.TransportOrder)) wechat.TransportReply {
		t.Helper()
		m := dear.order(event, orderID)
		m.DeliveryToken = token
		if change != nil {
			change(&m)
		}
		return dear.places(code, m)
	}
	place(1021, wechat.EventAddOrder, "held-1", stale, nil)
	place(1020, wechat.EventAddOrder, "held-2", token, nil)
	place(1020, wechat.EventAddOrder, "held-1", token[:len(token)-2], nil)
	place(1020, wechat.EventAddOrder, "held-1", token, func(m *wechat.TransportOrder) { m.Receiver.Lng = "116.50604" })
	place(1020, wechat.EventAddOrder, "held-1", token, func(m *wechat.TransportOrder) { m.Cargo.Weight = "1.01" })
	if r := place(0, wechat.EventAddOrder, "held-1", token, nil); r.Fee != 6900 {
		t.Errorf("with the token: %d fen", r.Fee)
	}
	dear.send(0, wechat.EventCancelOrder, "held-1", "")
	place(1021, wechat.EventReaddOrder, "held-1", stale, nil)
	place(1020, wechat.EventReaddOrder, "held-1", "xxxxxxxx", nil)
	place(1035, wechat.EventReaddOrder, "held-1", token, func(m *wechat.TransportOrder) { m.Receiver.Name = strings.Repeat("x", 3) })
	if r := place(0, wechat.EventReaddOrder, "held-1", token, nil); r.Fee != 6900 {
		t.Errorf("with the token, again: %d fen", r.Fee)
	}
	dear.send(0, wechat.EventCancelOrder, "held-1", "")
	if r := place(0, wechat.EventReaddOrder, "held-1", "", nil); r.Fee != 8400 {
		t.Errorf("without the token: %d fen", r.Fee)
	}
}
