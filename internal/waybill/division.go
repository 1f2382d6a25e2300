package waybill

import (
	"slices"
	"strings"
)

// The official tree has a name on each of its three levels. Where a place has no level of
// its own, the tree has a filler for it, and others who made trees of the official one write
// the filler in their way, or repeat the name.

// The groups that the fillers stand for.
const (
	districts     = "市辖区"  // of a municipality
	counties      = "县"    // likewise
	underProvince = "省直辖县" // what a province governs itself, beside its cities
)

// municipalities are provinces that have districts and counties and no cities.
var municipalities = map[string]bool{"北京": true, "天津": true, "上海": true, "重庆": true}

// direct are the places that a province governs itself. The list is for names without a
// filler; those with one need not be in it.
var direct = map[string][]string{
	"河南": {"济源"},
	"湖北": {"仙桃", "潜江", "天门", "神农架"},
	"海南": {"五指山", "琼海", "文昌", "万宁", "东方", "定安", "屯昌", "澄迈", "临高", "白沙", "昌江", "乐东", "陵水", "保亭", "琼中"},
	"新疆": {"石河子", "阿拉尔", "图木舒克", "五家渠", "北屯", "铁门关", "双河", "可克达拉", "昆玉", "胡杨河", "新星", "白杨"},
}

// withoutDistricts are the cities that have towns only.
var withoutDistricts = map[string][]string{"广东": {"东莞", "中山"}, "海南": {"儋州"}, "甘肃": {"嘉峪关"}}

// directEndings are the endings of places that a province governs itself.
var directEndings = []string{"自治县", "县", "林区", "市"}

// group is the group that a filler stands for, and empty for a name.
func group(province, name string) string {
	if strings.Contains(name, "直辖") {
		return underProvince // 省直辖县级行政区划, 自治区直辖县级行政单位, 省直辖县 and more
	}
	name = strings.TrimPrefix(name, province) // 北京城区
	switch name = strings.TrimPrefix(name, "市"); {
	case name == "辖区", municipalities[province] && (name == "城区" || name == "郊区"):
		return districts
	case name == "县", name == "辖县", municipalities[province] && name == "郊县":
		return counties
	}
	return ""
}

// isFiller reports whether a city's name says nothing about an area's location. In a municipality
// this goes for the municipality's own name, too.
func isFiller(province, city string) bool {
	return group(province, city) != "" || municipalities[province] && bareName(city, endings) == province
}

// cityName is the normal form of what is in the city's place.
func cityName(province, name string) string {
	if filler := group(province, name); filler != "" {
		return filler
	}
	if bare := bareName(name, directEndings); slices.Contains(direct[province], bare) {
		return bare
	}
	return bareName(name, endings)
}

// undivided reports whether a normal city has no areas with rows of their own but towns. An
// area that repeats its name, or is a filler, is the city.
func undivided(province, city string) bool {
	return municipalities[province] || slices.Contains(direct[province], city) || slices.Contains(withoutDistricts[province], city)
}
