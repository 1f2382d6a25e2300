package main

import (
	"fmt"
	"io"

	"carrierhook/internal/sandbox"
)

// greet says first what the sandbox is not for.
func (b *box) greet(out io.Writer, cred demoFile) {
	fmt.Fprintf(out, `
WeChat's sandbox. NOT FOR PRODUCTION: anybody may use it, and it forgets everything when it ends.
Merchants: http://%s   Control: http://%s   Pushes to: %s (%s, %s)
%s
Cancel WeChat's sample order as a merchant does; the second time gets 9300524:

%s

`, b.merchant.Addr(), b.control.Addr(), cred.URL, cred.Mode, b.flags.format, b.moved(), b.curl())
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

// curl is the line that cancels the sample order.
func (b *box) curl() string {
	return fmt.Sprintf(`curl -sS -w '\n' 'http://%s/cgi-bin/express/business/order/cancel?access_token=%s' -d '{"order_id":"%s","openid":"%s","delivery_id":"%s","waybill_id":"%s"}'`,
		b.merchant.Addr(), sandbox.StandingToken, sampleOrderID, sampleOpenID, b.flags.deliveryID, sampleWaybillID)
}
