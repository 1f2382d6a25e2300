package conformance

import (
	"strconv"
	"strings"

	"carrierhook/internal/input"
)

// instant examines what only replies of instant delivery have.
func (i *inspection) instant(r instantReply, p packet, code int) {
	if code != 0 {
		i.want("reply_refusal", code != -1 && p.text("resultmsg") != "", "resultcode %d, %q", code, p.text("resultmsg"))
		return
	}
	if _, priced := p.members["fee"]; priced {
		fee, a := yuan(p.text("fee"))
		deliver, b := yuan(p.text("deliverfee"))
		coupon, c := yuan(p.text("couponfee"))
		i.want("reply_fee", a && b && c && fee == deliver-coupon && coupon >= 0 && fee >= 0,
			"fee %s, deliverfee %s, couponfee %s", p.text("fee"), p.text("deliverfee"), p.text("couponfee"))
	}
	if r.places {
		i.handover(p, "finish_code", r.finish)
		i.handover(p, "pickup_code", r.pickup)
	}
}

// handover wants a code where the order wants one, and none elsewhere. It may be the
// key to a parcel, so the report shows none.
func (i *inspection) handover(p packet, name string, wanted bool) {
	m, there := p.members[name]
	n, err := strconv.ParseInt(strings.TrimSpace(m.text), 10, 64)
	got := map[bool]string{true: "one", false: "none"}
	has := there && (err != nil || n != 0)
	i.want("reply_handover", has == wanted, "%s of %s, %s wanted", got[has], name, got[wanted])
}

// yuan reads an amount of up to two decimals, as fen.
func yuan(text string) (fen int64, ok bool) {
	return input.Decimal{Places: 2, Signed: true}.Parse(strings.TrimSpace(text))
}
