package waybill

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Location is where a contact is, as far as areas and routes go by it. In an Area
// or a Route an empty part stands for everywhere.
type Location struct{ Province, City, Area string }

// Normal is the location as locations are compared: provinces and cities without
// their usual endings (广东 for 广东省, 广西 for 广西壮族自治区), areas as they
// are, white space around dropped. Two rows that are equal in it are for the
// same location.
func (p Location) Normal() Location {
	return Location{Province: bareName(p.Province), City: bareName(p.City), Area: strings.TrimSpace(p.Area)}
}

// Validate tells whether an Area or a Route could ever be found by the location: no
// part is set below one that is not.
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

// endings say what kind of province or city a name is of; the longer before
// the shorter that it ends in.
var endings = []string{"特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"}

// nationalities stand before 自治区 and 自治州.
var nationalities = []string{
	"壮族", "回族", "维吾尔", "藏族", "彝族", "苗族", "土家族", "布依族", "侗族", "羌族", "哈尼族", "傣族",
	"景颇族", "傈僳族", "白族", "朝鲜族", "蒙古族", "蒙古", "哈萨克", "柯尔克孜",
}

// bareName takes the endings off a province's or a city's name.
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

// cutEnding takes off the first of the endings that the name has. What is left
// has two characters at least: there is no shorter name.
func cutEnding(name string, endings []string) string {
	for _, ending := range endings {
		if bare, ok := strings.CutSuffix(name, ending); ok && utf8.RuneCountInString(bare) >= 2 {
			return bare
		}
	}
	return name
}
