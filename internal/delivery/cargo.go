package delivery

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// WeChat's limits of a cargo: of figures in hundredths of a yuan, a kilogram and a
// centimetre, of texts in characters.
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

// newCargo reads a cargo, and names the first field that is invalid.
func newCargo(f CargoFields) (c Cargo, field string) {
	const goods = "goods_detail.goods."
	var r reader
	c = Cargo{
		Value:        Fen(r.positive("goods_value", f.Value, maxValue)),
		Grams:        r.positive("goods_weight", f.Weight, maxWeight) * 10,
		HeightTenths: r.size("goods_height", f.Height, maxHeight), LengthTenths: r.size("goods_length", f.Length, maxLength), WidthTenths: r.size("goods_width", f.Width, maxWidth),
		PickupInfo: r.line("goods_pickup_info", f.PickupInfo, maxWay), DeliveryInfo: r.line("goods_delivery_info", f.DeliveryInfo, maxWay),
		FirstClass: r.neededLine("cargo_first_class", f.FirstClass, maxClass), SecondClass: r.neededLine("cargo_second_class", f.SecondClass, maxClass),
	}
	r.need("goods_detail", detailFits(f.Goods))
	for _, g := range f.Goods {
		if r.failed() {
			break
		}
		c.Goods = append(c.Goods, Goods{
			Count: r.Number(goods+"good_count", r.Needed(goods+"good_count", g.Count), integer, 1, maxCount), Name: r.neededLine(goods+"good_name", g.Name, maxDetail),
			Price: r.amount(goods+"good_price", g.Price, maxAmount), Unit: r.line(goods+"good_unit", g.Unit, maxUnit),
		})
	}
	return c, r.Field()
}

// detailFits reports whether goods_detail is within WeChat's limit. At WeChat it is a JSON
// object; how it was written is unknown here, and in XML it was no JSON. So the shortest
// JSON that it can have been is measured: without white space, with the figures as they
// came, without empty members.
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

// figureText is a figure in JSON: a number, or a string if it is no JSON number, such as
// 007.
func figureText(s string) json.RawMessage {
	s = strings.TrimSpace(s)
	if s == "" || json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	text, _ := json.Marshal(s) // cannot fail
	return text
}
