package instant

import (
	"encoding/json"
	"errors"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/pg"
)

// The details of an order as they are stored: sender, receiver and cargo. The rules'
// own types refuse to be encoded, because they hold personal data, and a field that is
// renamed there must keep its name here. Empty fields are left out.
type (
	detailsJSON struct {
		Sender       contactJSON `json:"sender"`
		Receiver     contactJSON `json:"receiver"`
		Cargo        cargoJSON   `json:"cargo"`
		ServiceCode  string      `json:"service_code,omitempty"`
		Booked       bool        `json:"booked,omitempty"`
		Expected     int64       `json:"expected,omitempty"` // seconds; 0: none
		PoiSeq       string      `json:"poi_seq,omitempty"`
		Note         string      `json:"note,omitempty"`
		Insured      bool        `json:"insured,omitempty"`
		Declared     int64       `json:"declared_fen,omitempty"`
		Tips         int64       `json:"tips_fen,omitempty"`
		Direct       bool        `json:"direct,omitempty"`
		CashDelivery int64       `json:"cash_on_delivery_fen,omitempty"`
		CashPickup   int64       `json:"cash_on_pickup_fen,omitempty"`
		PickMethod   int         `json:"pick_method,omitempty"`
		FinishCode   bool        `json:"finish_code,omitempty"`
		PickupCode   bool        `json:"pickup_code,omitempty"`
	}
	contactJSON struct {
		Name          string `json:"name"`
		City          string `json:"city,omitempty"`
		Address       string `json:"address,omitempty"`
		AddressDetail string `json:"address_detail,omitempty"`
		Phone         string `json:"phone,omitempty"`
		Lng           int64  `json:"lng_millionths"`
		Lat           int64  `json:"lat_millionths"`
	}
	cargoJSON struct {
		Value        int64       `json:"value_fen,omitempty"`
		Grams        int64       `json:"grams,omitempty"`
		Height       int64       `json:"height_tenths_mm,omitempty"`
		Length       int64       `json:"length_tenths_mm,omitempty"`
		Width        int64       `json:"width_tenths_mm,omitempty"`
		Goods        []goodsJSON `json:"goods,omitempty"`
		PickupInfo   string      `json:"pickup_info,omitempty"`
		DeliveryInfo string      `json:"delivery_info,omitempty"`
		FirstClass   string      `json:"first_class,omitempty"`
		SecondClass  string      `json:"second_class,omitempty"`
	}
	goodsJSON struct {
		Count int64  `json:"count"`
		Name  string `json:"name"`
		Price int64  `json:"price_fen,omitempty"`
		Unit  string `json:"unit,omitempty"`
	}
)

// detailsText encodes an order's details.
func detailsText(o *delivery.Order) string {
	c := &o.Cargo
	d := detailsJSON{
		Sender: newContactJSON(o.Sender), Receiver: newContactJSON(o.Receiver),
		Cargo: cargoJSON{
			Value: int64(c.Value), Grams: c.Grams, Height: c.HeightTenths, Length: c.LengthTenths, Width: c.WidthTenths,
			PickupInfo: c.PickupInfo, DeliveryInfo: c.DeliveryInfo, FirstClass: c.FirstClass, SecondClass: c.SecondClass,
		},
		ServiceCode: o.ServiceCode, Booked: o.Booked, PoiSeq: o.PoiSeq, Note: o.Note,
		Insured: o.Insured, Declared: int64(o.DeclaredValue), Tips: int64(o.Tips), Direct: o.Direct,
		CashDelivery: int64(o.CashOnDelivery), CashPickup: int64(o.CashOnPickup), PickMethod: o.PickMethod,
		FinishCode: o.FinishCode, PickupCode: o.PickupCode,
	}
	if !o.Expected.IsZero() {
		d.Expected = o.Expected.Unix()
	}
	for _, g := range c.Goods {
		d.Cargo.Goods = append(d.Cargo.Goods, goodsJSON{g.Count, g.Name, int64(g.Price), g.Unit})
	}
	return pg.JSON(d) // the rules refuse a NUL, which jsonb does not store
}

func newContactJSON(c delivery.Contact) contactJSON {
	return contactJSON{c.Name, c.City, c.Address, c.AddressDetail, c.Phone, c.At.Lng, c.At.Lat}
}

// parseDetails decodes an order's details. Its error shows none of them.
func parseDetails(details []byte) (*delivery.Order, error) {
	var d detailsJSON
	if err := json.Unmarshal(details, &d); err != nil {
		return nil, errors.New("the stored details of an order cannot be read")
	}
	c := &d.Cargo
	o := &delivery.Order{
		Sender: d.Sender.contact(), Receiver: d.Receiver.contact(),
		Cargo: delivery.Cargo{
			Value: delivery.Fen(c.Value), Grams: c.Grams, HeightTenths: c.Height, LengthTenths: c.Length, WidthTenths: c.Width,
			PickupInfo: c.PickupInfo, DeliveryInfo: c.DeliveryInfo, FirstClass: c.FirstClass, SecondClass: c.SecondClass,
		},
		ServiceCode: d.ServiceCode, Booked: d.Booked, PoiSeq: d.PoiSeq, Note: d.Note,
		Insured: d.Insured, DeclaredValue: delivery.Fen(d.Declared), Tips: delivery.Fen(d.Tips), Direct: d.Direct,
		CashOnDelivery: delivery.Fen(d.CashDelivery), CashOnPickup: delivery.Fen(d.CashPickup), PickMethod: d.PickMethod,
		FinishCode: d.FinishCode, PickupCode: d.PickupCode,
	}
	if d.Expected != 0 {
		o.Expected = time.Unix(d.Expected, 0).UTC()
	}
	for _, g := range c.Goods {
		o.Cargo.Goods = append(o.Cargo.Goods, delivery.Goods{Count: g.Count, Name: g.Name, Price: delivery.Fen(g.Price), Unit: g.Unit})
	}
	return o, nil
}

func (c contactJSON) contact() delivery.Contact {
	return delivery.Contact{
		Name: c.Name, City: c.City, Address: c.Address, AddressDetail: c.AddressDetail, Phone: c.Phone,
		At: delivery.Point{Lng: c.Lng, Lat: c.Lat},
	}
}
