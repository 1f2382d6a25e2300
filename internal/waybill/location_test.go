package waybill

import (
	"slices"
	"strings"
	"testing"
)

func TestNormalNames(t *testing.T) {
	for name, want := range map[string]string{
		"广东省": "广东", "广东": "广东", " 广东省\u3000": "广东",
		"北京市": "北京", "北京": "北京", "广州市": "广州",
		"广西壮族自治区": "广西", "广西": "广西", "宁夏回族自治区": "宁夏", "新疆维吾尔自治区": "新疆",
		"西藏自治区": "西藏", "内蒙古自治区": "内蒙古", "内蒙古": "内蒙古",
		"香港特别行政区": "香港", "澳门特别行政区": "澳门",
		"阿克苏地区": "阿克苏", "锡林郭勒盟": "锡林郭勒",
		"延边朝鲜族自治州": "延边", "恩施土家族苗族自治州": "恩施", "海西蒙古族藏族自治州": "海西", "海南藏族自治州": "海南",
		"博尔塔拉蒙古自治州": "博尔塔拉", "克孜勒苏柯尔克孜自治州": "克孜勒苏", "伊犁哈萨克自治州": "伊犁",
		"红河哈尼族彝族自治州": "红河", "黔南布依族苗族自治州": "黔南", "德宏傣族景颇族自治州": "德宏",
		"怒江傈僳族自治州": "怒江", "大理白族自治州": "大理", "黔东南苗族侗族自治州": "黔东南", "阿坝藏族羌族自治州": "阿坝",
		"吉林省": "吉林", "吉林市": "吉林",
		"": "", "市": "市", "省": "省", "沙市": "沙市", "自治区": "自治区", "广州": "广州", "杭州": "杭州",
		"市辖区": "市辖区", "大理白族": "大理白族", "Guangdong": "Guangdong",
	} {
		if got := (Location{Province: name}).Normal(); got != (Location{Province: want}) {
			t.Errorf("province %q is %q, want %q", name, got.Province, want)
		}
		if got := (Location{City: name}).Normal(); got != (Location{City: want}) {
			t.Errorf("city %q is %q, want %q", name, got.City, want)
		}
	}
	for _, area := range []string{"海珠区", "海珠", "津市市", "昆山市", "市", "景宁畲族自治县"} {
		if got := (Location{Area: " " + area + "\n"}).Normal(); got != (Location{Area: area}) {
			t.Errorf("area %q is %q", area, got.Area)
		}
	}
}

// A name is never cut to nothing, and what is left is where a name began. A row is found by
// an order that writes its location in the same way.
func FuzzNormal(f *testing.F) {
	for _, p := range []Location{
		{"广东省", "广州市", "海珠区"}, {"海西蒙古族藏族自治州", "市市市", "自治州"}, {"藏族自治州", "\xff市", " "}, {"重庆市", "县", "忠县"}, {"重庆市", "", "重庆城区"},
		{"河南省", "省直辖县级行政区划", "济源市"}, {"海南", "白沙黎族自治县", "市辖区"}, {"上海市", "上海市", "直辖"}, {"北京", "市辖区", "市辖区"}, {"县", "县", "县"},
	} {
		f.Add(p.Province, p.City, p.Area)
	}
	f.Fuzz(func(t *testing.T, province, city, area string) {
		p := Location{province, city, area}
		n := p.Normal()
		groups := []string{districts, counties, underProvince}
		began := func(part string, names ...string) bool {
			return slices.Contains(groups, part) || slices.ContainsFunc(names, func(name string) bool {
				name = strings.TrimSpace(name)
				return strings.HasPrefix(name, part) && (part == "") == (name == "")
			})
		}
		if !began(n.Province, province) || !began(n.City, city, area) || n.Area != "" && n.Area != strings.TrimSpace(area) {
			t.Fatalf("%q became %q", p, n)
		}
		c := NewCatalogue(nil, nil, []Route{{Location{}, []Label{{"k", "country"}}}, {p, []Label{{"k", "own"}}}}, nil)
		if got := c.Label(p); got != "##k##own##" {
			t.Fatalf("%q, normally %q, finds %s", p, n, got)
		}
	})
}

func TestLocationValidate(t *testing.T) {
	for p, ok := range map[Location]bool{
		{}: true, {"广东", "", ""}: true, {"广东", "广州", ""}: true, haizhu: true, {"河南", "省直辖县", ""}: true, {"重庆", "", "忠县"}: false, {"", " ", "\n"}: true,
		{"", "广州", ""}: false, {"", "", "海珠区"}: false, {"广东", "", "海珠区"}: false, {"", "广州", "海珠区"}: false, {" ", "广州", ""}: false,
	} {
		if err := p.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", p, err)
		}
	}
}
