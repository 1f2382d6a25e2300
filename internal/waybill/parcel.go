package waybill

import (
	"math"

	"carrierhook/internal/input"
	"carrierhook/internal/redacted"
)

// How many lines of goods a parcel may have, and how many bytes a line's name.
const (
	maxGoods     = 1000
	maxGoodsName = 128
)

// What is finer than a gram or a millimetre is rounded half up: 0.0005 kg is one gram,
// 0.00049 kg is 0, which no parcel weighs. White space around a figure is dropped.
var (
	kilograms   = input.Figure{Places: 3}
	centimetres = input.Figure{Places: 1}
	integer     = input.Figure{Whole: true}
)

// noLimit: the service's limits are checked when the booking is decided.
const noLimit = math.MaxInt64

// Parcel is what is sent. It is Malformed when a figure is not a number, or there are too
// many goods.
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
	var f input.Fields
	p := Parcel{
		Grams:  f.Number("weight", o.Weight, kilograms, 0, noLimit),
		Length: f.Number("space_x", o.SpaceX, centimetres, 0, noLimit),
		Width:  f.Number("space_y", o.SpaceY, centimetres, 0, noLimit),
		High:   f.Number("space_z", o.SpaceZ, centimetres, 0, noLimit),
		Count:  f.Number("count", o.Count, integer, 0, noLimit),
	}
	if len(o.Goods) > maxGoods {
		f.Fault("goods", input.ErrLong)
		o.Goods = nil
	}
	for _, g := range o.Goods {
		p.Goods = append(p.Goods, Goods{Name: input.OneLine(g.Name), Count: f.Number("goods", g.Count, integer, 0, noLimit)})
	}
	p.Malformed = f.Err != nil
	return p
}

// fits reports whether a parcel is plausible and within a service's limits. It must have a
// weight; the goods may be left out.
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

// Insurance is what the parcel is insured for. Not to mention it is not to want it. It is
// Malformed unless the wish is 0 or 1 or empty, and the value a number or empty, and if
// there is a value without a wish: nobody can tell what that wants.
type Insurance struct {
	Wanted    bool
	Value     int64 // fen
	Malformed bool
}

func newInsurance(o Order) Insurance {
	var f input.Fields
	wish := f.Number("use_insured", o.UseInsured, integer, 0, 1)
	value := f.Number("insured_value", o.InsuredValue, integer, 0, noLimit)
	if value > 0 {
		f.Needed("use_insured", o.UseInsured)
	}
	return Insurance{Wanted: wish == 1, Value: value, Malformed: f.Err != nil}
}

// fits reports whether a service insures that much.
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
	var f input.Fields
	w := ServiceWish{
		Type: f.Number("service_type", f.Needed("service_type", o.ServiceType), integer, 0, noLimit),
		Name: f.Text("service_name", o.ServiceName, MaxID),
	}
	w.Malformed = f.Err != nil
	return w
}
