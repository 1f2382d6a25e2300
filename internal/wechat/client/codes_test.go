package client

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

func TestCodes(t *testing.T) {
	t.Parallel()
	all := Codes()
	if !slices.IsSortedFunc(all, func(a, b Code) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Path, b.Path))
	}) {
		t.Error("the codes are not in order")
	}
	seen := map[[2]any]bool{}
	for _, c := range all {
		if key := [2]any{c.Number, c.Path}; seen[key] {
			t.Errorf("%v stands twice", key)
		} else {
			seen[key] = true
		}
		if c.Class.Text() == "" || c.Class == Unknown || !slices.Contains(Classes(), c.Class) {
			t.Errorf("%d has the class %q", c.Number, c.Class)
		}
		if len(c.Words) < 20 || len(c.Words) > 200 || strings.ContainsAny(c.Words, "\n|") || strings.HasSuffix(c.Words, ".") {
			t.Errorf("%d: %q", c.Number, c.Words)
		}
	}
	all[0].Words = "changed"
	if Codes()[0].Words == "changed" {
		t.Error("the table can be changed")
	}
}

// What each code is worth, also those that are not in the table.
func TestClasses(t *testing.T) {
	t.Parallel()
	for class, codes := range map[Class][]int{
		Transient: {-1, 930555, 930556, 930557},
		Token:     {40001, 40014, 42001},
		Daily:     {45009, 930564},
		Minute:    {45011},
		Setup:     {40013, 40066, 40125, 40164, 40243, 41001, 41002, 41004, 43002, 44002, 48001, 50004, 50007, 61024, 89503, 89506, 89507, 9300503},
		Permanent: {40199, 47001, 930558, 930561, 930563, 930565, 930567, 930599, 9300501, 9300502, 9300507, 9300512, 9300525, 9300526, 9300535, 9300599},
		Unknown:   {1, 40000, 12345, 99999999, 93006, 9300600, 9306},
	} {
		for _, code := range codes {
			wantClass(t, &Error{Path: pathUpdatePath, Code: code}, class)
		}
	}
	for _, c := range []struct {
		path   string
		code   int
		result bool
		class  Class
	}{
		{pathUpdateBusiness, 40013, false, Permanent},
		{pathStableToken, 40013, false, Setup},
		{pathStableToken, 40001, false, Setup},
		{pathStableToken, 40014, false, Setup},
		{pathStableToken, 47001, false, Setup},
		{pathStableToken, 12345, false, Setup},
		{pathStableToken, 9300599, false, Setup},
		{pathStableToken, -1, false, Transient},
		{pathStableToken, 45009, false, Daily},
		{pathStableToken, 45011, false, Minute},
		{pathClearQuota, 48006, false, Permanent},
		{pathUpdatePath, 48006, false, Unknown},
		{pathUpdateOrder, 1010, true, Permanent},
		{pathUpdateOrder, 1010, false, Unknown},
		{pathUpdateOrder, 45011, true, Permanent},
		{pathUpdateOrder, 40001, true, Permanent},
		{pathUpdateOrder, 40164, true, Permanent},
		{pathUpdateOrder, 9300503, true, Permanent},
		{pathUpdateOrder, -1, true, Transient},
		{pathUpdateOrder, 930556, true, Transient},
		{pathUpdateOrder, 930564, true, Daily},
	} {
		if got := ClassOf(&Error{Path: c.path, Code: c.code, Result: c.result}); got != c.class {
			t.Errorf("%d of %s: %s, want %s", c.code, c.path, got, c.class)
		}
	}
	if ClassOf(nil) != "" {
		t.Error("a success has a class")
	}
	for _, c := range Classes() {
		if c.Text() == "" {
			t.Errorf("%s has no words", c)
		}
	}
}
