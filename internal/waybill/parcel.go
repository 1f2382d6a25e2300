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

// Parcel is what is sent.
type Parcel struct {
	Grams               int64
	Length, Width, High int64 // millimetres; 0: not measured
	Count               int64
	Goods               []Goods
	Field               string // the first that is not a number, or too long a list, as the push spells it; "": none
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
		Grams:  f.Number("Cargo.Weight", o.Weight, kilograms, 0, noLimit),
		Length: f.Number("Cargo.Space_X", o.SpaceX, centimetres, 0, noLimit),
		Width:  f.Number("Cargo.Space_Y", o.SpaceY, centimetres, 0, noLimit),
		High:   f.Number("Cargo.Space_Z", o.SpaceZ, centimetres, 0, noLimit),
		Count:  f.Number("Cargo.Count", o.Count, integer, 0, noLimit),
	}
	if len(o.Goods) > maxGoods {
		f.Fault(goodsField, input.ErrLong)
		o.Goods = nil
	}
	for _, g := range o.Goods {
		p.Goods = append(p.Goods, Goods{Name: input.OneLine(g.Name), Count: f.Number(goodsField+".Count", g.Count, integer, 0, noLimit)})
	}
	p.Field = f.Field()
	return p
}

// goodsField is the list of goods, as the push spells it.
const goodsField = "Cargo.DetailList"

// fault is the first member of a parcel that is implausible or beyond a service's limits, as
// the push spells it; "": none is. The parcel must have a weight; the goods may be left out.
func (p Parcel) fault(s Service) string {
	if p.Field != "" {
		return p.Field
	}
	for _, figure := range []struct {
		field       string
		n, min, max int64
	}{
		{"Cargo.Weight", p.Grams, 1, s.MaxGrams},
		{"Cargo.Space_X", p.Length, 0, s.MaxSide},
		{"Cargo.Space_Y", p.Width, 0, s.MaxSide},
		{"Cargo.Space_Z", p.High, 0, s.MaxSide},
		{"Cargo.Count", p.Count, 1, s.MaxCount},
	} {
		if figure.n < figure.min || figure.n > figure.max {
			return figure.field
		}
	}
	for _, g := range p.Goods {
		switch {
		case g.Name == "" || input.CheckText(g.Name, maxGoodsName) != nil:
			return goodsField + ".Name"
		case g.Count < 1:
			return goodsField + ".Count"
		}
	}
	return ""
}

// Insurance is what the parcel is insured for. Not to mention it is not to want it.
type Insurance struct {
	Wanted bool
	Value  int64 // fen
	// Field is the wish if it is neither 0 nor 1 nor empty, or empty beside a value, for nobody
	// can tell what that wants; or the value if it is no number. "": none of it.
	Field string
}

// The members of an insurance, as the push spells them.
const wishField, valueField = "Insured.UseInsured", "Insured.InsuredValue"

func newInsurance(o Order) Insurance {
	var f input.Fields
	wish := f.Number(wishField, o.UseInsured, integer, 0, 1)
	value := f.Number(valueField, o.InsuredValue, integer, 0, noLimit)
	if value > 0 {
		f.Needed(wishField, o.UseInsured)
	}
	return Insurance{Wanted: wish == 1, Value: value, Field: f.Field()}
}

// fault is the member that keeps a service from insuring that much; "": none does.
func (i Insurance) fault(s Service) string {
	if i.Field == "" && i.Wanted && (i.Value < 1 || i.Value > s.MaxInsured) {
		return valueField
	}
	return i.Field
}

// ServiceWish is the service that a merchant chose, by WeChat's type and name.
type ServiceWish struct {
	Type  int64
	Name  string
	Field string // the first that is invalid, as the push spells it; "": none is
}

func newServiceWish(o Order) ServiceWish {
	var f input.Fields
	w := ServiceWish{
		Type: f.Number("Service.ServiceType", f.Needed("Service.ServiceType", o.ServiceType), integer, 0, noLimit),
		Name: f.Text("Service.ServiceName", o.ServiceName, MaxID),
	}
	w.Field = f.Field()
	return w
}
