package waybill

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Location is what areas and routes need of a contact's address. In an Area or a Route an
// empty field stands for everywhere.
type Location struct{ Province, City, Area string }

// Normal is the form in which locations are compared: trimmed, provinces and cities without
// their usual endings (广东 for 广东省, 广西 for 广西壮族自治区).
func (p Location) Normal() Location {
	return Location{Province: bareName(p.Province), City: bareName(p.City), Area: strings.TrimSpace(p.Area)}
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

// nationalities come before 自治区 and 自治州.
var nationalities = []string{
	"壮族", "回族", "维吾尔", "藏族", "彝族", "苗族", "土家族", "布依族", "侗族", "羌族", "哈尼族", "傣族",
	"景颇族", "傈僳族", "白族", "朝鲜族", "蒙古族", "蒙古", "哈萨克", "柯尔克孜",
}

// bareName removes the endings of a province's or a city's name.
func bareName(name string) string {
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
