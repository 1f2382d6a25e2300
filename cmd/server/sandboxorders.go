package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/wechat"
)

// sandboxAccounts are the sample merchants' contracts as WeChat has them, and
// further ones, each biz_id:password.
func sandboxAccounts(deliveryID string, further []string) ([]express.Account, error) {
	var list []express.Account
	for _, pair := range append([]string{demo.BizID + ":" + demo.BizPwd, demo.NoCancelBizID + ":" + demo.BizPwd}, further...) {
		biz, pwd, ok := strings.Cut(pair, ":")
		if !ok || biz == "" {
			return nil, errors.New("an account is biz_id:password") // without the value: it may be a password
		}
		list = append(list, express.Account{ShopAppID: demo.ShopAppID, DeliveryID: deliveryID, BizID: biz, BizPwd: wechat.Password(pwd)})
	}
	return list, nil
}

// sandboxRange reads prefix:digits, with :first after it where the count is to
// begin at a certain number.
func sandboxRange(text string) (r sandbox.NumberRange, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return r, fmt.Errorf("%q is neither prefix:digits nor prefix:digits:first", text)
	}
	r.Prefix = parts[0]
	if r.Width, err = strconv.Atoi(parts[1]); err != nil {
		return r, fmt.Errorf("%q is no number of digits", parts[1])
	}
	if len(parts) == 3 {
		if r.First, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
			return r, fmt.Errorf("%q is no number to begin with", parts[2])
		}
	}
	return r, nil
}
