package waybill

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"carrierhook/internal/input"
)

// MaxQuota leaves room for what cancels give back, MaxPassword is the limit of the slow
// hash in bytes, and MaxServices is how many services a contract may list.
const (
	MaxQuota    = 1_000_000_000_000
	MaxPassword = 72
	MaxServices = 1000
)

// Why a field of a contract is invalid.
var (
	ErrQuotaRange   = errors.New("is not a whole number from 0 to 1000000000000")
	ErrNoService    = errors.New("has a code that no service has")
	ErrManyServices = errors.New("has more than 1000 services")

	ErrPasswordEmpty   = errors.New("is empty; of a merchant that needs none say that no_password is true")
	ErrPasswordMissing = errors.New("is missing: a new merchant needs one, or no_password that is true")
	ErrPasswordTwice   = errors.New("is true, and there is a password")
	ErrPasswordNeither = errors.New("is false, and there is no password")
)

// Setting is a field of a contract, which changes if Given.
type Setting[T any] struct {
	Given bool
	Value T
}

// To is a given setting.
func To[T any](v T) Setting[T] { return Setting[T]{Given: true, Value: v} }

// Contract changes a merchant's contract. What is not given stays as it is; a new merchant
// may cancel, pays monthly and has all services unless the contract says otherwise. A new
// merchant needs a password, or NoPassword.
type Contract struct {
	BizID         string
	Password      Setting[Password]
	NoPassword    Setting[bool] // true: pushes need no password, and any is accepted
	CancelAllowed Setting[bool]
	Quota         Setting[*int64]   // nil: a monthly account
	Services      Setting[[]string] // codes; nil: all that there are
}

// Given lists the JSON names of the given fields.
func (c Contract) Given() []string {
	names := []string{}
	for _, part := range []struct {
		name  string
		given bool
	}{
		{"password", c.Password.Given}, {"no_password", c.NoPassword.Given}, {"cancel_allowed", c.CancelAllowed.Given},
		{"quota", c.Quota.Given}, {"services", c.Services.Given},
	} {
		if part.given {
			names = append(names, part.name)
		}
	}
	return names
}

// NewContract cleans a contract. The error is a *input.FieldError.
func NewContract(c Contract) (Contract, error) {
	var f input.Fields
	c.BizID = f.ID("biz_id", c.BizID, MaxID)
	f.Fault(c.checkPassword())
	if q := c.Quota.Value; q != nil && (*q < 0 || *q > MaxQuota) {
		f.Fault("quota", ErrQuotaRange)
	}
	var err error
	c.Services.Value, err = cleanServices(c.Services.Value)
	f.Fault("services", err)
	return input.Read(f, c)
}

// checkPassword accepts a password or NoPassword, not both, and no empty password.
func (c Contract) checkPassword() (field string, err error) {
	switch pwd, none := c.Password, c.NoPassword; {
	case len(pwd.Value) > MaxPassword:
		return "password", input.ErrLong
	case pwd.Given && pwd.Value == "":
		return "password", ErrPasswordEmpty
	case pwd.Given && none.Value:
		return "no_password", ErrPasswordTwice
	case none.Given && !none.Value && !pwd.Given:
		return "no_password", ErrPasswordNeither
	}
	return "", nil
}

// SaysPassword reports whether the contract has a password or NoPassword.
func (c Contract) SaysPassword() bool { return c.Password.Given || c.NoPassword.Value }

// cleanServices sorts codes and drops repeated ones. An empty list is no service, nil is all.
func cleanServices(codes []string) ([]string, error) {
	if codes == nil {
		return nil, nil
	}
	if len(codes) > MaxServices {
		return nil, ErrManyServices
	}
	clean := make([]string, len(codes))
	for i, code := range codes {
		var err error
		if clean[i], err = input.CleanCode(code, MaxID); err != nil {
			return nil, fmt.Errorf("has a code that %w", err)
		}
	}
	slices.SortFunc(clean, strings.Compare)
	return slices.Compact(clean), nil
}
