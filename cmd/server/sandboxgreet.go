package main

import (
	"fmt"
	"io"
	"net"

	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// addresses says what the sandbox is not for, and where it is.
func (b *box) addresses(cred demo.File) string {
	return fmt.Sprintf(`
WeChat's sandbox. NOT FOR PRODUCTION: anybody may use it, and it forgets everything when it ends.
Merchants: http://%s   Control: http://%s   Pushes to: %s (%s, %s)
%s`, reached(b.merchant.Addr()), reached(b.control.Addr()), cred.URL, cred.Mode, b.flags.format, b.moved()+b.remote())
}

// greet says that, and prints the lines of a merchant's calls.
func (b *box) greet(out io.Writer, cred demo.File) {
	io.WriteString(out, b.addresses(cred))
	ride := b.deliveryLines()
	fmt.Fprintf(out, `
As a merchant does, in sh or bash: cancel WeChat's sample order (the second time gets 9300524),

%s

book a new one, look at what is left of the balance, and cancel it under the number that it got:

%s

%s

%s

Instant delivery (即时配送): place an order, cancel it, and place it again, which gives it a new number:

%s

%s

%s

`, b.curl("order/cancel", b.cancelBody(demo.OrderID, demo.WaybillID)),
		b.book(), b.curl("quota/get", fmt.Sprintf(`{"delivery_id":%q,"biz_id":%q}`, b.flags.deliveryID, demo.BizID)),
		b.curl("order/cancel", b.cancelBody(b.newOrderID, `'"$NUMBER"'`)), ride[0], ride[1], ride[2])
}

// moved says why a port is another than usual.
func (b *box) moved() (why string) {
	if b.flags.listen == sandboxListen && b.merchant.Addr().String() != sandboxListen {
		why += sandboxListen + " is taken, so another port was; --" + b.flags.prefix + "listen names one.\n"
	}
	if b.flags.control == sandboxControl && b.control.Addr().String() != sandboxControl {
		why += sandboxControl + " is taken, so another port was; --" + b.flags.prefix + "control names one.\n"
	}
	return why
}

// remote says what is open to others.
func (b *box) remote() (open string) {
	for _, ln := range []net.Listener{b.merchant, b.control} {
		if t, ok := ln.Addr().(*net.TCPAddr); ok && !t.IP.IsLoopback() {
			open += "Other machines reach " + t.String() + ": whoever does can order and cancel at the carrier's server.\n"
		}
	}
	return open
}

// curl is a line that calls the sandbox as the sample merchant.
func (b *box) curl(path, body string) string {
	return b.curlAt("/cgi-bin/express/business/"+path, body)
}

func (b *box) curlAt(path, body string) string {
	return fmt.Sprintf(`curl -sS -w '\n' 'http://%s%s?access_token=%s' -d '%s'`, reached(b.merchant.Addr()), path, sandbox.StandingToken, body)
}

// keepingNumber is a line that shows the answer and keeps the number in a variable.
func keepingNumber(variable, line string) string {
	return variable + "=$(" + line + ` | tee /dev/stderr | sed -n 's/.*"waybill_id":"\([^"]*\)".*/\1/p')`
}

func (b *box) cancelBody(orderID, waybillID string) string {
	return fmt.Sprintf(`{"order_id":"%s","openid":"%s","delivery_id":"%s","waybill_id":"%s"}`,
		orderID, demo.OpenID, b.flags.deliveryID, waybillID)
}

// book is a line that orders as WeChat's sample does.
func (b *box) book() string {
	person := func(c wechat.Contact) string {
		return fmt.Sprintf(`{"name":"%s","mobile":"%s","province":"%s","city":"%s","area":"%s","address":"%s"}`,
			c.Name, c.Mobile, c.Province, c.City, c.Area, c.Address)
	}
	body := fmt.Sprintf(`{"order_id":"%s","openid":"%s","delivery_id":"%s","biz_id":"%s","sender":%s,"receiver":%s,`+
		`"cargo":{"count":1,"weight":1.2},"insured":{"use_insured":1,"insured_value":10000},"service":{"service_type":0,"service_name":"标准快递"}}`,
		b.newOrderID, demo.OpenID, b.flags.deliveryID, demo.BizID, person(demo.Sender), person(demo.Receiver))
	return keepingNumber("NUMBER", b.curl("order/add", body))
}
