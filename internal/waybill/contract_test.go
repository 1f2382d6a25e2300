package waybill

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/input"
	"carrierhook/internal/input/inputtest"
)

func contract() Contract {
	return Contract{
		BizID: "B", Password: To(Password("pw")), CancelAllowed: To(true), Quota: To(new(int64)),
		Services: To([]string{"standard"}),
	}
}

// codes gives n codes that differ.
func codes(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("c%04d", i))
	}
	return list
}

func TestNewContractRefuses(t *testing.T) {
	t.Parallel()
	quota := func(n int64) func(*Contract) { return func(c *Contract) { c.Quota = To(&n) } }
	services := func(codes ...string) func(*Contract) {
		return func(c *Contract) { c.Services = To(append([]string{"a"}, codes...)) }
	}
	inputtest.Check(t, NewContract, contract, map[string][]inputtest.Case[Contract]{
		"biz_id": inputtest.IDs(MaxID, func(c *Contract) *string { return &c.BizID }),
		"password": {
			{Name: "long", Change: func(c *Contract) { c.Password = To(Password(inputtest.Long(73))) }, Err: input.ErrLong},
			{Name: "long in bytes", Change: func(c *Contract) { c.Password = To(Password(strings.Repeat("单", 72/3+1))) }, Err: input.ErrLong},
			{Name: "empty", Change: func(c *Contract) { c.Password = To(Password("")) }, Err: ErrPasswordEmpty},
			{Name: "empty on purpose", Change: func(c *Contract) { c.Password, c.NoPassword = To(Password("")), To(true) }, Err: ErrPasswordEmpty},
		},
		"no_password": {
			{Name: "and a password", Change: func(c *Contract) { c.NoPassword = To(true) }, Err: ErrPasswordTwice},
			{Name: "is false without one", Change: func(c *Contract) { c.Password, c.NoPassword = Setting[Password]{}, To(false) }, Err: ErrPasswordNeither},
		},
		"quota": {
			{Name: "negative", Change: quota(-1), Err: ErrQuotaRange},
			{Name: "above the limit", Change: quota(1_000_000_000_001), Err: ErrQuotaRange},
			{Name: "max int64", Change: quota(1<<63 - 1), Err: ErrQuotaRange},
		},
		"services": {
			{Name: "too many", Change: func(c *Contract) { c.Services = To(codes(1001)) }, Err: ErrManyServices},
			{Name: "empty code", Change: services(" "), Err: input.ErrEmpty},
			{Name: "long code", Change: services(inputtest.Long(MaxID + 1)), Err: input.ErrLong},
			{Name: "code with a control character", Change: services(inputtest.Hidden + "\n."), Err: input.ErrControl},
		},
	})
}

// Both ends of each limit are accepted, and what is not given stays so.
func TestNewContractTakes(t *testing.T) {
	t.Parallel()
	none, limit := int64(0), int64(1_000_000_000_000)
	for name, tt := range map[string]struct{ in, want Contract }{
		"nothing given": {Contract{BizID: " B\n"}, Contract{BizID: "B"}},
		"no password":   {Contract{BizID: "B", NoPassword: To(true)}, Contract{BizID: "B", NoPassword: To(true)}},
		"a password that is needed": {
			Contract{BizID: "B", Password: To(Password("p")), NoPassword: To(false)}, Contract{BizID: "B", Password: To(Password("p")), NoPassword: To(false)},
		},
		"a password is not trimmed": {
			Contract{BizID: "B", Password: To(Password(" p\n"))}, Contract{BizID: "B", Password: To(Password(" p\n"))},
		},
		"the longest": {
			Contract{BizID: inputtest.Long(MaxID), Password: To(Password(inputtest.Long(72))), Services: To([]string{" " + inputtest.Long(MaxID)})},
			Contract{BizID: inputtest.Long(MaxID), Password: To(Password(inputtest.Long(72))), Services: To([]string{inputtest.Long(MaxID)})},
		},
		"not to cancel":       {Contract{BizID: "B", CancelAllowed: To(false)}, Contract{BizID: "B", CancelAllowed: To(false)}},
		"a monthly account":   {Contract{BizID: "B", Quota: To[*int64](nil)}, Contract{BizID: "B", Quota: To[*int64](nil)}},
		"nothing left":        {Contract{BizID: "B", Quota: To(&none)}, Contract{BizID: "B", Quota: To(&none)}},
		"the limit left":      {Contract{BizID: "B", Quota: To(&limit)}, Contract{BizID: "B", Quota: To(&limit)}},
		"all services":        {Contract{BizID: "B", Services: To[[]string](nil)}, Contract{BizID: "B", Services: To[[]string](nil)}},
		"no services":         {Contract{BizID: "B", Services: To([]string{})}, Contract{BizID: "B", Services: To([]string{})}},
		"as many as can be":   {Contract{BizID: "B", Services: To(codes(1000))}, Contract{BizID: "B", Services: To(codes(1000))}},
		"unsorted, twice":     {Contract{BizID: "B", Services: To([]string{"b", " a", "b ", "B"})}, Contract{BizID: "B", Services: To([]string{"B", "a", "b"})}},
		"sorted byte by byte": {Contract{BizID: "B", Services: To([]string{"单", "é", "z"})}, Contract{BizID: "B", Services: To([]string{"z", "é", "单"})}},
	} {
		got, err := NewContract(tt.in)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if again, err := NewContract(got); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s, once more: %+v, %v", name, again, err)
		}
	}
}

// A contract says something about the password if it has one, or NoPassword.
func TestSaysPassword(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		c    Contract
		want bool
	}{
		{Contract{}, false},
		{Contract{NoPassword: To(false)}, false},
		{Contract{NoPassword: To(true)}, true},
		{Contract{Password: To(Password("p"))}, true},
	} {
		if got := tt.c.SaysPassword(); got != tt.want {
			t.Errorf("%+v: %t", tt.c, got)
		}
	}
}

// The list passed in is not changed.
func TestNewContractCopies(t *testing.T) {
	t.Parallel()
	mine := []string{" b", "a", "a"}
	if _, err := NewContract(Contract{BizID: "B", Services: To(mine)}); err != nil || !slices.Equal(mine, []string{" b", "a", "a"}) {
		t.Errorf("the list is %q now, %v", mine, err)
	}
}

// nil covers all services, an empty list no service; codes are compared as they are.
func TestCovers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		services []string
		code     string
		want     bool
	}{
		{nil, "standard", true},
		{nil, "", true},
		{[]string{}, "standard", false},
		{[]string{}, "", false},
		{[]string{"economy", "standard"}, "standard", true},
		{[]string{"economy"}, "standard", false},
		{[]string{"Standard", "standard ", ""}, "standard", false},
	} {
		if got := (&Merchant{Services: tt.services}).covers(tt.code); got != tt.want {
			t.Errorf("%q covers %q: %t", tt.services, tt.code, got)
		}
	}
}
