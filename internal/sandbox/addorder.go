package sandbox

import (
	"context"
	"encoding/json"

	"carrierhook/internal/wechat"
)

// addedElsewhere is the add_source of an order that was not made in a mini
// program, and so has no openid.
const addedElsewhere = 2

// addAnswer has no errcode, like WeChat's sample.
type addAnswer struct {
	OrderID     string     `json:"order_id"`
	WaybillID   string     `json:"waybill_id"`
	WaybillData []KeyValue `json:"waybill_data"`
}

func addFailure(f *failure, msg string) any {
	if f.code == codeCarrierRefused {
		return cancelFailure(f, msg)
	}
	return plainFailure(f, msg)
}

// addOrder records the order and asks the carrier for it. An order that the
// carrier did not take is not there for the other calls, but keeps its waybill
// number: added again, it is the same order pushed again.
func (a *API) addOrder(r request) (any, *failure) {
	wanted, m := r.order()
	if r.wrong != nil {
		return nil, r.wrong
	}
	account, bound := a.account(wanted.ShopAppID, wanted.DeliveryID, wanted.BizID)
	onTest := wanted.DeliveryID == testDeliveryID && wanted.BizID == testBizID
	switch {
	case !a.carrierKnown(wanted.DeliveryID):
		return nil, fail(codeCarrierUnknown, "")
	case !bound && !onTest:
		return nil, fail(codeNotBound, "")
	}
	if err := a.number(&wanted); err != nil {
		return nil, fail(codeSystem, "")
	}
	o := a.record.claim(wanted)
	if err := o.take(r.ctx); err != nil {
		return nil, fail(codeSystem, "")
	}
	defer o.giveBack()
	known, free := a.record.again(o, wanted)
	switch {
	case !free:
		return nil, fail(codeOrderRepeated, "")
	case onTest:
		data := []KeyValue{{"TEST_mark", "sandbox"}}
		a.record.place(o, known.WaybillID, data)
		return addAnswer{known.OrderID, known.WaybillID, data}, nil
	}
	m.ToUserName, m.FromUserName, m.CreateTime = cdata(a.o.Platform.Account.UserName), teamOpenID, a.createTime(o)
	m.Token, m.WayBillID, m.BizPwd = known.Token, cdata(known.WaybillID), cdata(account.BizPwd)
	data, f := a.pushAdd(r.ctx, known, m)
	if f != nil {
		return nil, f
	}
	a.record.place(o, known.WaybillID, data)
	return addAnswer{known.OrderID, known.WaybillID, data}, nil
}

// number gives an order a waybill number from WeChat's range, and a token.
func (a *API) number(o *Order) (err error) {
	if o.WaybillID, err = a.o.Platform.digits(16); err != nil {
		return err
	}
	o.Token, err = a.o.Platform.digits(20)
	return err
}

func (a *API) pushAdd(ctx context.Context, known Order, m addWaybill) ([]KeyValue, *failure) {
	platform := a.o.Platform
	packet, err := m.encode(platform.Format)
	if err != nil {
		return nil, fail(codeSystem, "")
	}
	shown := m
	shown.BizPwd = hiddenPassword
	shownPacket, err := shown.encode(platform.Format)
	if err != nil {
		return nil, fail(codeSystem, "")
	}
	p := a.begin(eventAddWaybill, known, wechat.Password(m.BizPwd), shownPacket)
	d, err := platform.Deliver(ctx, packet, p.Fault)
	var reply addReply
	var data []KeyValue
	if err == nil {
		reply, data, err = readAddReply(platform.Format, d.Reply, m)
	}
	if err == nil {
		p.ResultCode, p.ResultMsg = reply.ResultCode, reply.ResultMsg
	}
	a.end(p, d, err)
	switch {
	case err != nil:
		return nil, fail(codeCarrierFailed, "")
	case *reply.ResultCode != 0:
		return nil, &failure{code: codeCarrierRefused, resultCode: *reply.ResultCode, resultMsg: reply.ResultMsg}
	}
	return data, nil
}

// again returns the order as it is to be pushed: what is wanted now, under the
// number and the token of the first time. It reports false if the order is
// placed.
func (r *record) again(o *order, wanted Order) (Order, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.placed {
		return Order{}, false
	}
	wanted.WaybillID, wanted.Token = o.WaybillID, o.Token
	o.Order = wanted
	return wanted, true
}

// The limits of the page addOrder, in bytes.
const (
	maxName   = 64
	maxPhone  = 32
	maxPost   = 10
	maxStreet = 512
	maxGoods  = 128
)

// order reads an order/add, into the order and the event that the carrier gets.
func (r request) order() (Order, addWaybill) {
	r.tooLong = codeTooLong
	o := Order{
		ShopAppID: r.shop, DeliveryID: r.id("delivery_id", maxID), BizID: r.id("biz_id", maxID),
		OrderID: r.id("order_id", maxOrderID), OpenID: r.text("openid", maxID), AddSource: int(r.number("add_source")),
	}
	switch {
	case o.AddSource != 0 && o.AddSource != addedElsewhere:
		r.failed(codeArgs, "add_source is neither 0 nor 2")
	case o.OpenID == "" && o.AddSource == 0:
		r.failed(codeOpenID, "")
	}
	m := addWaybill{
		MsgType: "event", Event: eventAddWaybill, OrderID: cdata(o.OrderID), BizID: cdata(o.BizID), ShopAppID: cdata(o.ShopAppID),
		Remark: r.words("custom_remark", maxText), Sender: r.person("sender"), Receiver: r.person("receiver"), Cargo: r.cargo(),
	}
	if in := r.part("insured", false); in != nil {
		m.Insured = insured{in.number("use_insured"), in.number("insured_value")}
		r.adopt(in)
	}
	if s := r.part("service", false); s != nil {
		m.Service = service{s.number("service_type"), s.words("service_name", maxGoods)}
		r.adopt(s)
	}
	return o, m
}

func (r request) person(name string) (p person) {
	f := r.part(name, true)
	if f == nil {
		return p
	}
	p = person{
		f.words("name", maxName), f.words("tel", maxPhone), f.words("mobile", maxPhone), f.words("company", maxName),
		f.words("post_code", maxPost), f.words("country", maxName), f.words("province", maxName), f.words("city", maxName),
		f.words("area", maxName), f.words("address", maxStreet),
	}
	if p.Country == "" {
		p.Country = "中国"
	}
	if p.Tel == "" && p.Mobile == "" {
		f.failed(codeArgs, name+" has neither tel nor mobile")
	}
	r.adopt(f)
	return p
}

func (r request) cargo() (c cargo) {
	f := r.part("cargo", true)
	if f == nil {
		return c
	}
	c = cargo{f.decimal("weight"), f.decimal("space_x"), f.decimal("space_y"), f.decimal("space_z"), f.number("count"), []detail{}}
	var details []json.RawMessage
	f.into("detail_list", &details)
	for _, raw := range details {
		d := f.sub("detail_list", raw)
		c.DetailList = append(c.DetailList, detail{d.words("name", maxGoods), d.number("count")})
		f.adopt(d)
	}
	r.adopt(f)
	return c
}
