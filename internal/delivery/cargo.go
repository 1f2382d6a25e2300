package delivery

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// WeChat's limits of a cargo. Figures are in hundredths of a yuan, a kilogram and
// a centimetre, texts in characters.
const (
	maxValue  = 5000_00
	maxWeight = 50_00
	maxHeight = 45_00
	maxLength = 65_00
	maxWidth  = 50_00
	maxDetail = 10240 // goods_detail as a whole
	maxUnit   = 20
	maxWay    = 100 // goods_pickup_info and goods_delivery_info
)

// The carrier's own limits, where WeChat has none.
const (
	maxAmount = Fen(100_000_00)
	maxCount  = 1_000_000_000
	maxClass  = 128
)

// newCargo reads a cargo, or tells that it is none.
func newCargo(f CargoFields) (Cargo, bool) {
	var r reader
	c := Cargo{
		Value:        Fen(r.measure(f.Value, maxValue)),
		Grams:        r.measure(f.Weight, maxWeight) * 10,
		HeightTenths: r.side(f.Height, maxHeight), LengthTenths: r.side(f.Length, maxLength), WidthTenths: r.side(f.Width, maxWidth),
		PickupInfo: r.lines(f.PickupInfo, maxWay), DeliveryInfo: r.lines(f.DeliveryInfo, maxWay),
		FirstClass: r.someLine(f.FirstClass, maxClass), SecondClass: r.someLine(f.SecondClass, maxClass),
	}
	r.need(detailFits(f.Goods))
	for _, line := range f.Goods {
		if r.failed {
			break
		}
		c.Goods = append(c.Goods, r.goods(line))
	}
	return c, !r.failed
}

// goods reads a line of goods: the price and the unit may be left out.
func (r *reader) goods(f GoodsFields) Goods {
	g := Goods{
		Count: r.count(f.Count, maxCount), Name: r.someLine(f.Name, maxDetail),
		Price: r.amount(f.Price, maxAmount, false), Unit: r.line(f.Unit, maxUnit),
	}
	r.need(g.Count > 0)
	return g
}

// detailFits tells whether goods_detail is within WeChat's limit. Over there it
// is a JSON object; how it was written is not known here, and in XML it never
// was one. What is measured is the shortest that it can have been: without white
// space, with the figures as they came, without what was left out.
func detailFits(goods []GoodsFields) bool {
	type line struct {
		Count json.RawMessage `json:"good_count,omitempty"`
		Name  string          `json:"good_name"`
		Price json.RawMessage `json:"good_price,omitempty"`
		Unit  string          `json:"good_unit,omitempty"`
	}
	lines := make([]line, len(goods))
	for i, g := range goods {
		lines[i] = line{Name: strings.TrimSpace(g.Name), Unit: strings.TrimSpace(g.Unit)}
		lines[i].Count, lines[i].Price = figureText(g.Count), figureText(g.Price)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(map[string][]line{"goods": lines}) != nil {
		return false
	}
	return utf8.RuneCount(b.Bytes())-1 <= maxDetail // it ends its text with a line break
}

// figureText is a figure as JSON has it. One that is none, or has zeros in front,
// is as long as a text.
func figureText(s string) json.RawMessage {
	s = strings.TrimSpace(s)
	if s == "" || json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	text, _ := json.Marshal(s) // a text always can be
	return text
}
