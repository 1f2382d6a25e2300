package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// pushed is what one push differs in from WeChat's sample of its event. It is
// what a push leaves behind for --repeat.
type pushed struct {
	Event      string `json:"event"`
	CreateTime int64  `json:"create_time"`
	OpenID     string `json:"openid"`
	BizID      string `json:"biz_id"`
	OrderID    string `json:"order_id"`
	WayBillID  string `json:"waybill_id"`
	ShopAppID  string `json:"shop_app_id"`
	BizPwd     string `json:"biz_pwd"`
	instantFields
}

// expressEvents send a push of each event and say in words what was answered.
var expressEvents = map[string]func(pushed, context.Context, *sandbox.Platform, string) (sandbox.PushResult, string, error){
	wechat.EventCancelWaybill: pushed.cancel,
	wechat.EventAddWaybill:    pushed.add,
	wechat.EventCheckBiz:      pushed.checkBiz,
	wechat.EventGetQuota:      pushed.getQuota,
}

func (p pushed) check() error {
	all := slices.Concat(slices.Collect(maps.Keys(expressEvents)), instantOrderEvents, instantFollowUps)
	if !slices.Contains(all, p.Event) {
		slices.Sort(all)
		return fmt.Errorf("--event: %q is none of %s", p.Event, strings.Join(all, ", "))
	}
	return nil
}

// ids are what the event carries of them.
func (p pushed) ids() string {
	if isInstant(p.Event) {
		return fmt.Sprintf("shopid %s  shop_order_id %s  waybill_id %s  CreateTime %d", p.ShopID, p.OrderID, p.WayBillID, p.CreateTime)
	}
	switch p.Event {
	case wechat.EventCancelWaybill, wechat.EventAddWaybill:
		return fmt.Sprintf("BizID %s  OrderID %s  WayBillID %s  CreateTime %d", p.BizID, p.OrderID, p.WayBillID, p.CreateTime)
	}
	return fmt.Sprintf("BizID %s  CreateTime %d", p.BizID, p.CreateTime)
}

// deliver sends the push to the mini program of that original id.
func (p pushed) deliver(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	switch {
	case slices.Contains(instantOrderEvents, p.Event):
		return p.sendInstantOrder(ctx, to, userName)
	case slices.Contains(instantFollowUps, p.Event):
		return p.sendInstantFollowUp(ctx, to, userName)
	}
	return expressEvents[p.Event](p, ctx, to, userName)
}

func (p pushed) cancel(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	r, d, err := to.PushCancel(ctx, wechat.CancelWaybill{
		ToUserName: userName, FromUserName: p.OpenID, CreateTime: p.CreateTime, Event: p.Event,
		BizID: p.BizID, BizPwd: wechat.Password(p.BizPwd), ShopAppID: p.ShopAppID, OrderID: p.OrderID, WayBillID: p.WayBillID,
	}, "")
	return d, result(r.ResultCode, r.ResultMsg), err
}

func (p pushed) add(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	m := demo.Order()
	m.ToUserName, m.FromUserName, m.CreateTime = userName, p.OpenID, p.CreateTime
	m.BizID, m.BizPwd, m.ShopAppID = p.BizID, wechat.Password(p.BizPwd), p.ShopAppID
	m.OrderID, m.WayBillID = p.OrderID, p.WayBillID
	r, d, err := to.PushAdd(ctx, m, "")
	says := result(r.ResultCode, r.ResultMsg)
	if r.ResultCode == 0 {
		says += "\nWayBillID " + r.WayBillID + "  WaybillData " + r.WaybillData
	}
	return d, says, err
}

func (p pushed) checkBiz(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	r, d, err := to.PushCheckBiz(ctx, wechat.CheckBiz{
		ToUserName: userName, FromUserName: p.OpenID, CreateTime: p.CreateTime, Event: p.Event,
		BizID: p.BizID, BizPwd: wechat.Password(p.BizPwd), ShopAppID: p.ShopAppID,
		ShopName: demo.Shop.Name, ShopTelphone: demo.Shop.Telephone, ShopContact: demo.Shop.Contact, ServiceName: demo.Shop.ServiceName,
		SenderProvince: demo.Shop.Province, SenderCity: demo.Shop.City, SenderArea: demo.Shop.Area, SenderAddress: demo.Shop.Address,
	}, "")
	return d, result(r.ResultCode, r.ResultMsg) + fmt.Sprintf("  Quota %d", r.Quota), err
}

func (p pushed) getQuota(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	r, d, err := to.PushGetQuota(ctx, wechat.GetQuota{
		ToUserName: userName, FromUserName: p.OpenID, CreateTime: p.CreateTime, Event: p.Event,
		BizID: p.BizID, BizPwd: wechat.Password(p.BizPwd), ShopAppID: p.ShopAppID,
	}, "")
	return d, result(r.ResultCode, r.ResultMsg) + fmt.Sprintf("  Quota %d", r.Quota), err
}

func result(code int, msg string) string { return fmt.Sprintf("ResultCode %d: %s", code, msg) }
