package waybill

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

// divisions are the places of the official list of 2023 that have no level of their own, with
// the list's fillers, and the cities without districts.
func divisions(t *testing.T) (all []Location) {
	t.Helper()
	file, err := os.Open("testdata/divisions.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil || len(lines) != 1+122 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines[1:] {
		all = append(all, Location{l[0], l[1], l[2]})
	}
	return all
}

// spellings are the ways to write a place of the official list, the list's own first.
func spellings(official Location) []Location {
	province, city, area := official.Province, official.City, official.Area
	if area == "" { // a city without districts
		return []Location{
			official, {province, city, city}, {province, city, "市辖区"}, {bareName(province, endings), bareName(city, endings), bareName(city, endings)},
			{province, "省直辖县级行政区划", city}, {" " + province, city + "\n", " "}, {province, city, city}, {province, bareName(city, endings), city},
		}
	}
	if strings.Contains(city, "直辖") {
		return []Location{
			official, {province, area, ""}, {province, area, area}, {province, "省直辖县", area}, {province, "自治区直辖县级行政单位", area},
			{bareName(province, endings), province + city, area}, {province, area, "市辖区"}, {province, bareName(area, directEndings), ""},
		}
	}
	filler := "城区"
	if city == "县" {
		filler = "郊县"
	}
	return []Location{
		official, {province, province, area}, {province, area, ""}, {province, area, area}, {bareName(province, endings), area, "市辖区"},
		{province, bareName(province, endings), area}, {province, bareName(province, endings) + filler, area}, {province, province + filler, " " + area},
	}
}

// Whichever way a row and an order write one of these places, the order finds the place's own
// row, beside those of all other places and of its province.
func TestPlacesWithFillers(t *testing.T) {
	t.Parallel()
	official := divisions(t)
	for way := range spellings(official[0]) {
		var areas []Area
		var routes []Route
		for _, p := range official {
			areas = append(areas, Area{spellings(p)[way], true, true})
			routes = append(routes,
				Route{Location{Province: p.Province}, []Label{{"province", p.Province}}},
				Route{spellings(p)[way], []Label{{"own", p.City + p.Area}}})
		}
		c := NewCatalogue(nil, areas, routes, nil)
		for _, p := range official {
			for _, order := range spellings(p) {
				if got, want := c.Label(order), "##own##"+p.City+p.Area+"##"; got != want {
					t.Fatalf("%q with rows like %q: label %s, want %s", order, spellings(p)[way], got, want)
				}
				if !c.Collects(order) || !c.Delivers(order) {
					t.Fatalf("%q with rows like %q is not served", order, spellings(p)[way])
				}
			}
		}
	}
}

// A row of a filler without an area is one of all places of its group, less exact than their
// own and more exact than the province's.
func TestRowsOfFillers(t *testing.T) {
	t.Parallel()
	route := func(province, city, area, label string) Route {
		return Route{Location{province, city, area}, []Label{{"k", label}}}
	}
	c := NewCatalogue(nil, nil, []Route{
		route("", "", "", "country"),
		route("重庆市", "", "", "province"), route("重庆市", "市辖区", "", "districts"), route("重庆", "县", "", "counties"), route("重庆", "县", "忠县", "own"),
		route("北京市", "北京市", "", "city"),
		route("上海市", "市辖区", "", "districts"), route("上海市", "市辖区", "市辖区", "districts"),
		route("河南省", "", "", "province"), route("河南省", "省直辖县级行政单位", "", "group"),
		route("海南省", "省直辖县", "", "group"), route("海南省", "海口市", "", "city"),
		route("广东省", "广州市", "", "city"), route("广东省", "广州市", "市辖区", "districts"), route("广东省", "东莞市", "", "city"),
		route("广东省", "东莞市", "虎门镇", "town"),
		route("云南省", "大理白族自治州", "", "prefecture"), route("云南省", "大理白族自治州", "大理市", "own"),
		route("湖南省", "长沙市", "", "city"), route("湖南省", "长沙市", "长沙县", "own"),
		route("吉林省", "", "", "province"), route("吉林省", "吉林市", "船营区", "own"),
	}, nil)
	for order, want := range map[Location]string{
		{"重庆市", "重庆市", "渝中区"}: "districts", {"重庆市", "市辖区", "渝中区"}: "districts", {"重庆市", "渝中区", "大溪沟街道"}: "districts", {"重庆市", "重庆城区", ""}: "districts",
		{"重庆市", "重庆市", "石柱土家族自治县"}: "counties", {"重庆市", "城口县", ""}: "counties", {"重庆市", "县", "城口县"}: "counties", {"重庆市", "重庆郊县", ""}: "counties",
		{"重庆市", "重庆市", ""}: "districts", {"重庆市", "忠县", "白公街道"}: "own", {"重庆", "重庆", "重庆"}: "districts",
		{"北京市", "市辖区", "东城区"}: "city", {"北京市", "北京市", ""}: "city", {"北京市", "东城区", ""}: "city", {"北京市", "北京城区", "东城区"}: "city",
		{"上海市", "上海市", "崇明区"}: "districts", {"上海市", "上海市", ""}: "districts", {"上海市", "上海市", "市辖区"}: "districts", {"天津市", "市辖区", "和平区"}: "country",
		{"河南省", "省直辖县级行政区划", "济源市"}: "group", {"河南省", "济源市", ""}: "group", {"河南", "济源", "克井镇"}: "group", {"河南", "省直辖县", "新设市"}: "group",
		{"河南省", "直辖", ""}: "group", {"河南省", "郑州市", "中原区"}: "province", {"河南省", "新设市", ""}: "province",
		{"海南省", "白沙黎族自治县", "牙叉镇"}: "group", {"海南省", "海口市", "琼山区"}: "city", {"海南省", "儋州市", ""}: "country",
		{"广东省", "广州市", "市辖区"}: "districts", {"广东省", "广州市", "海珠区"}: "city", {"广东省", "东莞市", "南城街道"}: "city", {"广东省", "东莞市", "虎门镇"}: "town",
		{"云南省", "大理白族自治州", "大理市"}: "own", {"云南省", "大理州", "大理市"}: "country", {"云南省", "大理", "大理市"}: "own", {"云南省", "大理市", "大理市"}: "own",
		{"湖南省", "长沙市", "长沙县"}: "own", {"湖南省", "长沙县", ""}: "country",
		{"吉林省", "吉林市", "船营区"}: "own", {"吉林省", "吉林市", "吉林市"}: "province",
	} {
		if got := c.Label(order); got != "##k##"+want+"##" {
			t.Errorf("%q: label %s, want %s", order, got, want)
		}
	}
}
