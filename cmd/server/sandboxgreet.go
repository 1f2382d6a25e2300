package main

import (
	"fmt"
	"io"
	"net"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/receiver"
)

// addresses says what the sandbox is not for, and where it is.
func (b *box) addresses(cred demo.File) string {
	return fmt.Sprintf(`
WeChat's sandbox. NOT FOR PRODUCTION: anybody may use it, and it forgets everything when it ends.
Merchants: %s   Control: http://%s   Pushes to: %s (%s, %s)
%s`, b.base(), reached(b.control.Addr()), cred.URL, cred.Mode, b.flags.format, b.moved()+b.remote()+b.trust())
}

// events is where the sandbox takes events, as one of the carrier's systems.
func (b *box) events() string { return "http://" + reached(b.control.Addr()) + receiver.Path }

// greet says that, and prints the lines of a merchant's calls, which make orders with that id.
func (b *box) greet(out io.Writer, cred demo.File, id string) {
	fmt.Fprintf(out, "%sIt takes events as well: %s   Secret: %s\n%s", b.addresses(cred), b.events(), receiver.Secret,
		demo.MerchantLines(b.curl(), b.base(), b.flags.deliveryID, b.flags.instantDeliveryID, id))
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

// pathLine is a line that reads at the sandbox where the sample parcel is that the greeting's
// scan is of.
func (b *box) pathLine() string {
	return fmt.Sprintf(`%s -w '\n' '%s/cgi-bin/express/business/path/get?access_token=%s' -d '{"order_id":%q,"openid":%q,"delivery_id":%q,"waybill_id":%q}'`,
		b.curl(), b.base(), sandbox.StandingToken, demo.ScannedOrderID, demo.OpenID, b.flags.deliveryID, demo.ScannedWaybillID)
}

// serveCalls makes the sandbox the WeChat that a server calls.
func (b *box) serveCalls(w *config.WeChat) {
	w.APIURL, w.AppSecret, w.Calls, w.WxaPath = b.base(), sandbox.Secret, config.CallNames(), demo.WxaPath
	if b.identity != nil {
		w.APICA = b.identity.authority
	}
}
