package instant_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// fill gives every field a value of its own, so that a forgotten field shows.
func fill(t *testing.T, v reflect.Value, n *int64) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.Repeat("文\"\\<&> \n", int(*n%5)+1))
	case reflect.Int, reflect.Int64:
		v.SetInt(*n * 1_000_003)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), n)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(*n*100_000, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	default:
		t.Fatalf("no value for a %s", v.Type())
	}
}

// Every field of an order is written and read again: of a full order, of an empty one,
// and through the database.
func TestDetailsRoundTrip(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	var full delivery.Order
	var n int64
	fill(t, reflect.ValueOf(&full).Elem(), &n)
	for _, o := range []delivery.Order{full, {}} {
		var stored []byte
		storetest.Must(t, d.DB.QueryRow(t.Context(), `SELECT $1::text::jsonb`, instant.DetailsText(&o)).Scan(&stored))
		got, err := instant.ParseDetails(stored)
		if err != nil || !reflect.DeepEqual(*got, o) {
			t.Errorf("%v: of %d bytes comes another order", err, len(stored))
		}
	}
}

// The names under which details are stored stay the same: every version of the program
// has to read those that are stored.
func TestDetailsGolden(t *testing.T) {
	t.Parallel()
	r := instanttest.Order(1, delivery.Add, "O", instanttest.WithCodes, func(f *delivery.OrderFields) {
		f.Info.OrderType, f.Info.ExpectedDelivery, f.Info.IsInsured, f.Info.DeclaredValue = "1", "1900000000", "1", "20"
		f.Info.IsDirect, f.Info.CashOnDelivery, f.Info.CashOnPickup, f.Info.PickMethod, f.Info.PoiSeq, f.Info.ServiceCode = "1", "3", "4", "2", "17", "fast"
		f.Cargo.Length, f.Cargo.Width, f.Cargo.PickupInfo, f.Cargo.DeliveryInfo = "3", "2", "a", "b"
	})
	if r.Fault != "" {
		t.Fatal(r.Fault)
	}
	const want = `{"sender":{"name":"刘一","city":"北京市","address":"xx大厦","address_detail":"1号楼101","phone":"13712345678",` +
		`"lng_millionths":116383075,"lat_millionths":40148612},` +
		`"receiver":{"name":"老王","city":"北京市","address":"xxx地铁站","address_detail":"2号楼202","phone":"18512345678",` +
		`"lng_millionths":116506030,"lat_millionths":40152960},` +
		`"cargo":{"value_fen":500,"grams":1000,"height_tenths_mm":100,"length_tenths_mm":300,"width_tenths_mm":200,` +
		`"goods":[{"count":1,"name":"水果","price_fen":1000,"unit":"元"},{"count":2,"name":"蔬菜","price_fen":2050}],` +
		`"pickup_info":"a","delivery_info":"b","first_class":"美食夜宵","second_class":"零食小吃"},` +
		`"service_code":"fast","booked":true,"expected":1900000000,"poi_seq":"17","note":"放门口 谢谢","insured":true,"declared_fen":2000,` +
		`"tips_fen":150,"direct":true,"cash_on_delivery_fen":300,"cash_on_pickup_fen":400,"pick_method":2,"finish_code":true,"pickup_code":true}`
	if got := instant.DetailsText(&r.Order); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Details that cannot be read are an error that shows none of them.
func TestDetailsSpoilt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `[]`, `{"sender":"markerPERSON"}`, `{"expected":"markerPERSON"}`, `{"cargo":{"grams":1.5}}`} {
		if o, err := instant.ParseDetails([]byte(text)); o != nil || err == nil || strings.Contains(err.Error(), "PERSON") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Every order that may be placed is stored and read again unchanged, and reading any
// row does not panic.
func FuzzDetails(f *testing.F) {
	f.Add("刘一", "放门口\n谢谢", "水果", "116.5", "1900000000", []byte(`{"cargo":{"goods":[{}]}}`))
	f.Add("a\\u0000\"b", "\t</script>\u2028\u0085", "\ufffd\U0010ffff", "-180", "", []byte(`{"expected":-1}`))
	d := newStore(f)
	f.Fuzz(func(t *testing.T, name, note, goods, lng, expected string, stored []byte) {
		if o, err := instant.ParseDetails(stored); (o == nil) == (err == nil) {
			t.Errorf("%v and %v", o, err)
		}
		r := instanttest.Order(1, delivery.Add, "O", func(f *delivery.OrderFields) {
			f.Sender.Name, f.Receiver.AddressDetail, f.Info.Note, f.Sender.Lng, f.Info.ExpectedFinish = name, name, note, lng, expected
			f.Cargo.Goods, f.Cargo.PickupInfo = append(f.Cargo.Goods, delivery.GoodsFields{Count: "3", Name: goods, Unit: name}), note
		})
		if r.Fault != "" {
			return
		}
		var text []byte
		storetest.Must(t, d.DB.QueryRow(t.Context(), `SELECT $1::text::jsonb`, instant.DetailsText(&r.Order)).Scan(&text))
		if got, err := instant.ParseDetails(text); err != nil || !reflect.DeepEqual(*got, r.Order) {
			t.Errorf("another order comes back, %v", err)
		}
	})
}
