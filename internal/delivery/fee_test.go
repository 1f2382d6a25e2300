package delivery

import (
	"testing"

	"pgregory.net/rapid"
)

// What is begun is paid: both sides of every edge of a tariff.
func TestQuoteEdges(t *testing.T) {
	tariff := policy().Tariff
	for _, tt := range []struct {
		name   string
		metres int64
		change func(*Tariff, *Order)
		want   Quote
	}{
		{"at the door", 0, nil, Quote{500, 150, 0, 0}},
		{"all that the base includes", 3000, func(_ *Tariff, o *Order) { o.Cargo.Grams = 5000 }, Quote{500, 150, 0, 3000}},
		{"a metre more", 3001, nil, Quote{700, 150, 0, 3001}},
		{"a kilometre more", 4000, nil, Quote{700, 150, 0, 4000}},
		{"and a metre", 4001, nil, Quote{900, 150, 0, 4001}},
		{"WeChat's sample", 34489, nil, Quote{6900, 150, 0, 34489}},
		{"ten grams more", 0, func(_ *Tariff, o *Order) { o.Cargo.Grams = 5010 }, Quote{600, 150, 0, 0}},
		{"a kilogram more", 0, func(_ *Tariff, o *Order) { o.Cargo.Grams = 6000 }, Quote{600, 150, 0, 0}},
		{"and ten grams", 0, func(_ *Tariff, o *Order) { o.Cargo.Grams = 6010 }, Quote{700, 150, 0, 0}},
		{"heaviest", 3500, func(_ *Tariff, o *Order) { o.Cargo.Grams = 50_000 }, Quote{5200, 150, 0, 3500}},
		{"a fen insured", 0, func(_ *Tariff, o *Order) { o.Insured, o.DeclaredValue = true, 1 }, Quote{500, 150, 1, 0}},
		{"two yuan insured", 0, func(_ *Tariff, o *Order) { o.Insured, o.DeclaredValue = true, 200 }, Quote{500, 150, 1, 0}},
		{"a fen more", 0, func(_ *Tariff, o *Order) { o.Insured, o.DeclaredValue = true, 201 }, Quote{500, 150, 2, 0}},
		{"limit insured", 0, func(_ *Tariff, o *Order) { o.Insured, o.DeclaredValue = true, maxAmount }, Quote{500, 150, 50_000, 0}},
		{"worth much, not insured", 0, func(_ *Tariff, o *Order) { o.DeclaredValue = maxAmount }, Quote{500, 150, 0, 0}},
		{"tips are not in it", 0, func(_ *Tariff, o *Order) { o.Tips = 1000 }, Quote{500, 150, 0, 0}},
		{"coupon as high as the price", 0, func(t *Tariff, _ *Order) { t.Coupon = 500 }, Quote{500, 500, 0, 0}},
		{"coupon higher", 0, func(t *Tariff, _ *Order) { t.Coupon = 501 }, Quote{500, 500, 0, 0}},
		{"nothing at all", 9999, func(t *Tariff, _ *Order) { *t = Tariff{} }, Quote{0, 0, 0, 9999}},
	} {
		o, own := order(), tariff
		if tt.change != nil {
			tt.change(&own, o)
		}
		if got := own.quote(tt.metres, o); got != tt.want || got.Fee() != tt.want.Deliver-tt.want.Coupon {
			t.Errorf("%s: %+v, fee %d, want %+v", tt.name, got, got.Fee(), tt.want)
		}
	}
}

// Policy.Quote takes the distance from the points, and refuses what is farther
// than the limit by a metre.
func TestQuoteDistance(t *testing.T) {
	for limit, want := range map[int64]Reason{0: "", 34_489: "", 34_488: TooFar, 50_000: ""} {
		p := policy()
		p.MaxMetres = limit
		q, why := p.Quote(order())
		if why != want || why == "" && q != (Quote{Deliver: 6900, Coupon: 150, Metres: 34_489}) || why != "" && q != (Quote{}) {
			t.Errorf("at limit %d: %+v, %q", limit, q, why)
		}
	}
}

func tariffs() *rapid.Generator[Tariff] {
	return rapid.Custom(func(t *rapid.T) Tariff {
		fen := func(name string) Fen { return Fen(rapid.Int64Range(0, 10_000_000).Draw(t, name)) }
		return Tariff{
			Base: fen("base"), BaseMetres: rapid.Int64Range(0, 50_000).Draw(t, "base metres"), BaseGrams: rapid.Int64Range(0, 50_000).Draw(t, "base grams"),
			PerKilometre: fen("per kilometre"), PerKilogram: fen("per kilogram"), InsurancePerMille: rapid.Int64Range(0, 1000).Draw(t, "per mille"),
			Coupon: fen("coupon"), CancelFee: fen("cancel fee"),
		}
	})
}

// Farther, heavier and worth more never costs less; nothing costs less than
// nothing, and cancelling no more than the delivery.
func TestQuoteIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tariff := tariffs().Draw(t, "tariff")
		draw := func(name string, limit int64) (int64, int64) {
			a, b := rapid.Int64Range(0, limit).Draw(t, name), rapid.Int64Range(0, limit).Draw(t, name)
			return min(a, b), max(a, b)
		}
		near, far := draw("metres", 20_015_115)
		light, heavy := draw("grams", 50_000)
		cheap, dear := draw("value", int64(maxAmount))
		less := tariff.quote(near, &Order{Cargo: Cargo{Grams: light}, Insured: true, DeclaredValue: Fen(cheap)})
		more := tariff.quote(far, &Order{Cargo: Cargo{Grams: heavy}, Insured: true, DeclaredValue: Fen(dear)})
		if less.Deliver > more.Deliver || less.Insurance > more.Insurance || less.Fee() > more.Fee() {
			t.Fatalf("%+v is more than %+v", less, more)
		}
		for _, q := range []Quote{less, more} {
			if q.Fee() < 0 || q.Coupon < 0 || q.Deliver < tariff.Base || q.Insurance < 0 || q.Fee() > q.Deliver {
				t.Fatalf("%+v", q)
			}
			a := attempt(Assigned)
			a.Quote = q
			d := Decision{Reason: Accepted, Attempt: a, Before: a.Status}.cancelCost(&Policy{Tariff: tariff})
			if d.Deduct < 0 || d.Deduct > q.Fee() || d.Deduct > tariff.CancelFee {
				t.Fatalf("cancelling costs %d of %+v", d.Deduct, q)
			}
		}
	})
}
