package waybill

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Location is what areas and routes need of a contact's address. In an Area or a Route an
// empty field stands for everywhere.
type Location struct{ Province, City, Area string }

// Normal is the form in which locations are compared: trimmed, provinces and cities without
// their usual endings (广东 for 广东省, 广西 for 广西壮族自治区). Where the city is only a filler
// of the official tree, as in 河南 省直辖县级行政区划 济源市 or 重庆 重庆市 忠县, the area takes its
// place. A filler without an area keeps it: it is a group of places.
func (p Location) Normal() Location {
	n := Location{Province: bareName(p.Province, endings), City: strings.TrimSpace(p.City), Area: strings.TrimSpace(p.Area)}
	if n.Area != "" && isFiller(n.Province, n.City) {
		n.City, n.Area = n.Area, ""
	}
	n.City = cityName(n.Province, n.City)
	if undivided(n.Province, n.City) && (group(n.Province, n.Area) != "" || cityName(n.Province, n.Area) == n.City) {
		n.Area = ""
	}
	return n
}

// around are the locations whose rows decide about this one, the most exact first: its own,
// its city's, its group's, its province's and the country's.
func (p Location) around() []Location {
	n := p.Normal()
	around := append(make([]Location, 0, 6), n, Location{Province: n.Province, City: n.City})
	if municipalities[n.Province] {
		// What stands in the city's place ends with 区 or 县, however it was written.
		filler := districts
		if strings.HasSuffix(n.City, counties) {
			filler = counties
		}
		around = append(around, Location{Province: n.Province, City: filler}, Location{Province: n.Province, City: n.Province})
	} else if filler := group(n.Province, strings.TrimSpace(p.City)); filler != "" {
		around = append(around, Location{Province: n.Province, City: filler})
	} else if slices.Contains(direct[n.Province], n.City) {
		around = append(around, Location{Province: n.Province, City: underProvince})
	}
	return append(around, Location{Province: n.Province}, Location{})
}

// Validate refuses a location that no Area or Route can be found by: a city without a
// province, or an area without a city.
func (p Location) Validate() error {
	p = p.Normal()
	switch {
	case p.City != "" && p.Province == "":
		return errors.New("the city has no province")
	case p.Area != "" && p.City == "":
		return errors.New("the area has no city")
	}
	return nil
}

// endings are those of provinces and cities, a longer one before one that it ends in.
var endings = []string{"特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"}

// nationalities come before 自治区, 自治州 and 自治县.
var nationalities = []string{
	"壮族", "回族", "维吾尔", "藏族", "彝族", "苗族", "土家族", "布依族", "侗族", "羌族", "哈尼族", "傣族",
	"景颇族", "傈僳族", "白族", "朝鲜族", "蒙古族", "蒙古", "哈萨克", "柯尔克孜", "黎族",
}

// bareName removes the endings of a name.
func bareName(name string, endings []string) string {
	name = strings.TrimSpace(name)
	bare := cutEnding(name, endings)
	if !strings.HasPrefix(name[len(bare):], "自治") {
		return bare
	}
	for {
		shorter := cutEnding(bare, nationalities) // some have two
		if shorter == bare {
			return bare
		}
		bare = shorter
	}
}

// cutEnding removes the first of the endings that the name has, unless fewer than two
// characters are left: there is no shorter name.
func cutEnding(name string, endings []string) string {
	for _, ending := range endings {
		if bare, ok := strings.CutSuffix(name, ending); ok && utf8.RuneCountInString(bare) >= 2 {
			return bare
		}
	}
	return name
}
