package waybill

import "testing"

var haizhu = Location{"广东省", "广州市", "海珠区"}

// around are a location and those that contain it, the most exact first.
var around = []Location{haizhu, {"广东省", "广州市", ""}, {"广东省", "", ""}, {}}

// Whatever rows there are, the most exact one alone decides; a row of another location never
// does.
func TestClosestRowDecides(t *testing.T) {
	beside := []Location{
		{"广东省", "广州市", "天河区"}, {"广东省", "深圳市", ""}, {"广东省", "深圳市", "海珠区"}, {"湖南省", "", ""},
		{"湖南省", "广州市", "海珠区"}, {"", "广州市", ""}, {"", "", "海珠区"}, {"广东省", "", "海珠区"},
	}
	for bits := range 1 << len(around) {
		areas := []Area{}
		routes := []Route{}
		for _, p := range beside {
			areas = append(areas, Area{p, true, true})
			routes = append(routes, Route{p, []Label{{"beside", "1"}}})
		}
		want, label := Area{}, "##"
		for i, p := range around {
			if bits>>i&1 == 0 {
				continue
			}
			a := Area{Location: p, Collects: i%2 == 0, Delivers: i%2 == 1}
			r := Route{p, []Label{{"row", string(rune('a' + i))}}}
			if label == "##" {
				want, label = a, "##row##"+string(rune('a'+i))+"##"
			}
			areas, routes = append(areas, a), append(routes, r)
		}
		c := NewCatalogue(nil, areas, routes, nil)
		if c.Collects(haizhu) != want.Collects || c.Delivers(haizhu) != want.Delivers {
			t.Errorf("%04b: collects %t, delivers %t, want %+v", bits, c.Collects(haizhu), c.Delivers(haizhu), want)
		}
		if got := c.Label(haizhu); got != label {
			t.Errorf("%04b: label %s, want %s", bits, got, label)
		}
	}
}

// A location without an area has its city's row, not that of one of its areas.
func TestLocationWithoutArea(t *testing.T) {
	city := Location{"广东", "广州", ""}
	c := NewCatalogue(nil, []Area{{haizhu, true, true}}, []Route{{haizhu, []Label{{"k", "v"}}}}, nil)
	if c.Collects(city) || c.Delivers(city) || c.Label(city) != "##" {
		t.Error("a city is served because one of its areas is")
	}
}

// Tables and contacts may spell a name with or without its ending.
func TestLocationsMatchByNormalNames(t *testing.T) {
	for _, row := range []Location{{"广东", "广州", "海珠区"}, {" 广东省", "广州市 ", "\u3000海珠区"}, {"广东省", "广州", "海珠区"}} {
		c := NewCatalogue(nil, []Area{{row, true, false}}, []Route{{row, []Label{{"k", "v"}}}}, nil)
		for _, p := range []Location{haizhu, {"广东", "广州", "海珠区"}, {"广东 ", " 广州市", "海珠区\n"}} {
			if !c.Collects(p) || c.Delivers(p) || c.Label(p) != "##k##v##" {
				t.Errorf("%q does not find %q", p, row)
			}
		}
		for _, p := range []Location{{"广东省", "广州市", "海珠"}, {"广西", "广州市", "海珠区"}, {"广东省", "广", "海珠区"}} {
			if c.Collects(p) || c.Label(p) != "##" {
				t.Errorf("%q finds %q", p, row)
			}
		}
	}
}

func TestCatalogueService(t *testing.T) {
	s := Service{Type: 1, Name: "标准快递", Code: "standard", MaxGrams: 1, MaxSide: 2, MaxCount: 3, MaxInsured: 4}
	c := NewCatalogue([]Service{{Type: 1, Name: "标准快递", Code: "old"}, s, {Type: 2, Name: " 次日达 "}}, nil, nil, nil)
	if got, ok := c.Service(1, " 标准快递"); !ok || got != s {
		t.Errorf("got %+v, %t: the last row counts", got, ok)
	}
	if _, ok := c.Service(2, "次日达"); !ok {
		t.Error("a name with white space around is not found")
	}
	for _, wish := range []Service{{Type: 2, Name: "标准快递"}, {Type: 1, Name: "次日达"}, {Type: 1}, {}} {
		if got, ok := c.Service(wish.Type, wish.Name); ok || got != (Service{}) {
			t.Errorf("%d %q is %+v", wish.Type, wish.Name, got)
		}
	}
}

func TestCatalogueNumbers(t *testing.T) {
	wechats := NumberRange{Prefix: "W", Width: 8, Check: Mod11, Last: 50_000_000, WeChats: true}
	more := NumberRange{Prefix: "X", Width: 4, Check: NoCheckDigit, First: 10, Last: 20, WeChats: true}
	own := NumberRange{Prefix: "C", Width: 8, Check: Mod11, Last: 50_000_000}
	none := NumberRange{Prefix: "N", Width: 8, Last: 50_000_000, WeChats: true}
	c := NewCatalogue(nil, nil, nil, []NumberRange{wechats, own, none, more})
	for number, want := range map[string]bool{
		"W473124829": true, "W473124828": false, "C473124829": false, "N47312482": false, "X0010": true, "X0009": false, "": false,
	} {
		if got := c.WeChatNumber(number); got != want {
			t.Errorf("%q: %t", number, got)
		}
	}
}

// An invalid route has the empty label: that of the city would send the parcel astray.
func TestRouteThatCannotBeWritten(t *testing.T) {
	c := NewCatalogue(nil, nil, []Route{{Location{}, []Label{{"k", "v"}}}, {haizhu, []Label{{"k", "##"}}}}, nil)
	if got := c.Label(haizhu); got != "##" {
		t.Errorf("label %s", got)
	}
	if got := c.Label(around[1]); got != "##k##v##" {
		t.Errorf("the city's label is %s", got)
	}
}

func TestNilCatalogueOffersNothing(t *testing.T) {
	for name, c := range map[string]*Catalogue{"nil": nil, "zero": {}, "empty": NewCatalogue(nil, nil, nil, nil)} {
		_, service := c.Service(0, "")
		if service || c.Collects(Location{}) || c.Delivers(haizhu) || c.WeChatNumber("") || c.WeChatNumber("0") || c.Label(haizhu) != "##" {
			t.Errorf("%s offers something", name)
		}
	}
}

// The catalogue is a copy: later changes of the tables do not reach it.
func TestCatalogueIsACopy(t *testing.T) {
	labels := []Label{{"k", "v"}}
	ranges := []NumberRange{{Prefix: "W", Width: 1, Check: NoCheckDigit, Last: 9, WeChats: true}}
	c := NewCatalogue(nil, nil, []Route{{haizhu, labels}}, ranges)
	labels[0].Value, ranges[0].Prefix = "w", "V"
	if c.Label(haizhu) != "##k##v##" || !c.WeChatNumber("W1") {
		t.Error("the catalogue changed")
	}
}
