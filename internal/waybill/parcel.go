package waybill

import (
	"strings"

	"carrierhook/internal/input"
	"carrierhook/internal/redacted"
)

// The most lines of goods that a parcel may have, and the most bytes of a
// line's name.
const (
	maxGoods     = 1000
	maxGoodsName = 128
)

// Parcel is what is sent. A figure that was no number, or does not fit, makes it
// Malformed, and so does a line of goods that cannot be one.
type Parcel struct {
	Grams               int64
	Length, Width, High int64 // millimetres; 0: not measured
	Count               int64
	Goods               []Goods
	Malformed           bool
}

// Goods is a line of what is inside a parcel. It is personal data.
type Goods struct {
	redacted.Struct
	Name  string
	Count int64
}

func newParcel(o Order) Parcel {
	var p Parcel
	var ok [5]bool
	p.Grams, ok[0] = grams(o.Weight)
	p.Length, ok[1] = millimetres(o.SpaceX)
	p.Width, ok[2] = millimetres(o.SpaceY)
	p.High, ok[3] = millimetres(o.SpaceZ)
	p.Count, ok[4] = whole(o.Count)
	p.Malformed = ok != [5]bool{true, true, true, true, true}
	if len(o.Goods) > maxGoods {
		p.Malformed = true
		return p
	}
	for _, line := range o.Goods {
		g := Goods{Name: strings.TrimSpace(line.Name)}
		var ok bool
		g.Count, ok = whole(line.Count)
		p.Malformed = p.Malformed || !ok
		p.Goods = append(p.Goods, g)
	}
	return p
}

// fits tells whether a parcel is plausible and within a service's limits. It
// weighs something; what is inside may be left out.
func (p Parcel) fits(s Service) bool {
	if p.Malformed || p.Grams < 1 || p.Grams > s.MaxGrams || p.Count < 1 || p.Count > s.MaxCount || len(p.Goods) > maxGoods {
		return false
	}
	for _, side := range []int64{p.Length, p.Width, p.High} {
		if side < 0 || side > s.MaxSide {
			return false
		}
	}
	for _, g := range p.Goods {
		if g.Name == "" || input.CheckText(g.Name, maxGoodsName) != nil || g.Count < 1 {
			return false
		}
	}
	return true
}

// Insurance is what the parcel is insured for. It is Malformed when the wish was
// neither 0 nor 1, or the value no number.
type Insurance struct {
	Wanted    bool
	Value     int64 // fen
	Malformed bool
}

func newInsurance(o Order) Insurance {
	wish, known := whole(o.UseInsured)
	value, ok := whole(o.InsuredValue)
	if strings.TrimSpace(o.InsuredValue) == "" {
		ok = true // 0, which is no value for who wants to be insured
	}
	return Insurance{Wanted: wish == 1, Value: value, Malformed: !known || wish > 1 || !ok}
}

// fits tells whether a service insures that much.
func (i Insurance) fits(s Service) bool {
	return !i.Malformed && (!i.Wanted || i.Value >= 1 && i.Value <= s.MaxInsured)
}

// ServiceWish is the service that a merchant chose, by WeChat's type and name.
type ServiceWish struct {
	Type      int64
	Name      string
	Malformed bool
}

func newServiceWish(o Order) ServiceWish {
	typ, ok := whole(o.ServiceType)
	name, err := input.CleanText(o.ServiceName, MaxID)
	return ServiceWish{Type: typ, Name: name, Malformed: !ok || err != nil}
}
