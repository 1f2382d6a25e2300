package client

import (
	"context"

	"carrierhook/internal/redacted"
)

// The paths of WeChat that events are sent to.
const (
	pathUpdatePath     = "/cgi-bin/express/delivery/path/update"
	pathUpdateOrder    = "/cgi-bin/express/local/delivery/update_order"
	pathUpdateBusiness = "/cgi-bin/express/delivery/service/business/update"
)

// PathOf is the path of updatePath, updateOrder or updateBusiness; empty of others.
func PathOf(call string) string {
	return map[string]string{"updatePath": pathUpdatePath, "updateOrder": pathUpdateOrder, "updateBusiness": pathUpdateBusiness}[call]
}

// PathNode is what happened to an express parcel. All members must be set.
type PathNode struct {
	redacted.Struct
	Token     string // of the booking
	WaybillID string
	Time      int64 // in seconds
	Action    int   // WeChat's action_type
	Message   string
}

// UpdatePath adds a node to a parcel's track, which users see.
func (c *Client) UpdatePath(ctx context.Context, n PathNode) error {
	return c.call(ctx, request{path: pathUpdatePath, body: body(struct {
		Token      string `json:"token"`
		WaybillID  string `json:"waybill_id"`
		ActionTime int64  `json:"action_time"`
		ActionType int    `json:"action_type"`
		ActionMsg  string `json:"action_msg"`
	}{n.Token, n.WaybillID, n.Time, n.Action, n.Message})}, readDone(pathUpdatePath))
}

// OrderStatus is the status of an order of instant delivery. ShopNo, Message, Agent and
// ExpectedDelivery may be empty.
type OrderStatus struct {
	redacted.Struct
	Token            string // wx_token of the placing
	ShopID           string
	ShopOrderID      string
	ShopNo           string
	WaybillID        string
	Time             int64 // in seconds
	Status           int
	Message          string
	WxaPath          string // the page of the carrier's mini program that shows the order
	Agent            *Agent // the rider
	ExpectedDelivery int64  // in seconds
}

// Agent is the rider of an order.
type Agent struct {
	redacted.Struct
	Name, Phone string
	Encrypted   bool // the telephone number is
}

type orderBody struct {
	Token            string     `json:"wx_token"`
	ShopID           string     `json:"shopid"`
	ShopOrderID      string     `json:"shop_order_id"`
	ShopNo           string     `json:"shop_no,omitempty"`
	WaybillID        string     `json:"waybill_id"`
	ActionTime       int64      `json:"action_time"`
	OrderStatus      int        `json:"order_status"`
	ActionMsg        string     `json:"action_msg,omitempty"`
	WxaPath          string     `json:"wxa_path"`
	Agent            *agentBody `json:"agent,omitempty"`
	ExpectedDelivery int64      `json:"expected_delivery_time,omitempty"`
}

type agentBody struct {
	Name      string `json:"name"`
	Phone     string `json:"phone"`
	Encrypted int    `json:"is_phone_encrypted"`
}

// UpdateOrder reports an order's status.
func (c *Client) UpdateOrder(ctx context.Context, o OrderStatus) error {
	b := orderBody{
		Token: o.Token, ShopID: o.ShopID, ShopOrderID: o.ShopOrderID, ShopNo: o.ShopNo, WaybillID: o.WaybillID, ActionTime: o.Time,
		OrderStatus: o.Status, ActionMsg: o.Message, WxaPath: o.WxaPath, ExpectedDelivery: o.ExpectedDelivery,
	}
	if a := o.Agent; a != nil {
		b.Agent = &agentBody{Name: a.Name, Phone: a.Phone}
		if a.Encrypted {
			b.Agent.Encrypted = 1
		}
	}
	return c.call(ctx, request{path: pathUpdateOrder, body: body(b)}, readOrderDone)
}

// readOrderDone reads an answer whose sample has a resultcode and no errcode.
func readOrderDone(answer []byte) error {
	var a struct {
		ErrCode    number `json:"errcode"`
		ResultCode number `json:"resultcode"`
		ResultMsg  prose  `json:"resultmsg"`
	}
	if err := read(pathUpdateOrder, answer, withoutCode, &a); err != nil {
		return err
	}
	switch {
	case a.ResultCode.value != 0:
		return refusal(pathUpdateOrder, int(a.ResultCode.value), true, string(a.ResultMsg))
	case !a.ResultCode.given && !a.ErrCode.given:
		return unreadable(pathUpdateOrder, "it has neither resultcode nor errcode")
	}
	return nil
}

// Review is what became of a merchant's account.
type Review struct {
	redacted.Struct
	ShopAppID, BizID string
	Code             int    // 0: it has passed
	Message          string // why it has failed
}

// UpdateBusiness reports the result of a review.
func (c *Client) UpdateBusiness(ctx context.Context, r Review) error {
	b := struct {
		ShopAppID  string `json:"shop_app_id"`
		BizID      string `json:"biz_id"`
		ResultCode int    `json:"result_code"`
		ResultMsg  string `json:"result_msg,omitempty"`
	}{r.ShopAppID, r.BizID, r.Code, r.Message}
	if r.Code == 0 {
		b.ResultMsg = ""
	}
	return c.call(ctx, request{path: pathUpdateBusiness, body: body(b)}, readDone(pathUpdateBusiness))
}

// readDone reads an answer of nothing but an errcode.
func readDone(path string) func(answer []byte) error {
	return func(answer []byte) error { return read(path, answer, withCode, nil) }
}
