package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/wechat"
)

const (
	sampleDeliveryID = "SF" // WeChat's sample of cancelOrder
	sampleOrderToken = "1234ABC234523451"

	elsewhereOrderID = "order-charged"      // ordered elsewhere than in a mini program
	lostOrderID      = "order-carrier-lost" // the carrier does not know it
	lostWaybillID    = "123456798"

	newOrderID = "order-new" // nobody has it until the greeting's line is pasted
)

// sandboxAccounts are the sample merchants' contracts as WeChat has them, and
// further ones, each biz_id:password.
func sandboxAccounts(deliveryID string, further []string) ([]express.Account, error) {
	var list []express.Account
	for _, pair := range append([]string{sampleBizID + ":" + sampleBizPwd, noCancelBizID + ":" + sampleBizPwd}, further...) {
		biz, pwd, ok := strings.Cut(pair, ":")
		if !ok || biz == "" {
			return nil, errors.New("an account is biz_id:password") // without the value: it may be a password
		}
		list = append(list, express.Account{ShopAppID: sampleShopAppID, DeliveryID: deliveryID, BizID: biz, BizPwd: wechat.Password(pwd)})
	}
	return list, nil
}

// sampleOrders are the demo's rows as WeChat sees them: an order for each, and
// one that only WeChat knows.
func sampleOrders(deliveryID string) []express.Order {
	var list []express.Order
	add := func(biz, order, waybill string) {
		o := express.Order{
			ShopAppID: sampleShopAppID, DeliveryID: deliveryID, BizID: biz, OrderID: order, WaybillID: waybill,
			OpenID: sampleOpenID, Token: "token-" + waybill,
		}
		switch order {
		case sampleOrderID:
			o.Token = sampleOrderToken
		case elsewhereOrderID:
			o.OpenID, o.AddSource = "", 2
		}
		list = append(list, o)
	}
	for _, s := range samples {
		add(s.bizID, s.orderID, s.waybillID)
	}
	add(sampleBizID, lostOrderID, lostWaybillID)
	return list
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
