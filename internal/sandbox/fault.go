package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"carrierhook/internal/wechat"
)

// Fault is one thing that goes wrong with a push, on purpose. Its name is what
// flags and the control endpoint take; "" is no fault.
type Fault string

// The faults. Those up to OverLimit and ClockOff are pushes that a carrier must
// refuse. RepeatedMember is WeChat's in a shape that it never has: a carrier may say
// that it has failed. The others are right, and only the way they arrive is awkward.
const (
	WrongSignature    Fault = "wrong_signature"
	WrongMsgSignature Fault = "wrong_msg_signature"
	StaleTimestamp    Fault = "stale_timestamp"
	FlippedByte       Fault = "flipped_byte"
	WrongAppID        Fault = "wrong_app_id"
	BadPadding        Fault = "bad_padding"
	WrongLength       Fault = "wrong_length"
	Truncated         Fault = "truncated"
	OverLimit         Fault = "over_limit"
	JSONAsXML         Fault = "json_as_xml"
	EventLower        Fault = "event_lower"
	EventUpper        Fault = "event_upper"
	Twice             Fault = "twice"
	HangUp            Fault = "hang_up"
	SlowAnswer        Fault = "slow_answer"
	ClockOff          Fault = "clock_off"
	RepeatedMember    Fault = "repeated_member"
)

// faultInfo is what a fault does and where it can be committed.
type faultInfo struct {
	fault  Fault
	text   string
	sealed bool // only in a ciphertext, so not in plain mode
	refuse bool // a carrier must refuse the push
}

var faults = []faultInfo{
	{WrongSignature, "every signature is wrong", false, true},
	{WrongMsgSignature, "signature is right, msg_signature is wrong", true, true},
	{StaleTimestamp, "properly signed, but an hour ago", false, true},
	{FlippedByte, "a byte of the ciphertext is changed after signing", true, true},
	{WrongAppID, "properly signed, but the app id inside the ciphertext is another one", true, true},
	{BadPadding, "properly signed, but the padding inside the ciphertext is of zero bytes", true, true},
	{WrongLength, "properly signed, but the length field inside the ciphertext points past its end", true, true},
	{Truncated, "the body ends in the middle", false, true},
	{OverLimit, "the body is a megabyte longer than it need be", false, true},
	{JSONAsXML, "a JSON push is labelled text/xml", false, false},
	{EventLower, "Event is in lower case", false, false},
	{EventUpper, "Event is in upper case", false, false},
	{Twice, "the push is sent twice at once", false, false},
	{HangUp, "the connection is closed before the answer, then the push is sent again", false, false},
	{SlowAnswer, "the answer counts as too late, and the push is sent again", false, false},
	{ClockOff, "WeChat's clock is an hour ahead", false, true},
	{RepeatedMember, "properly signed, but ShopAppID, or shop_no, is there twice", false, false},
}

// info is the zero value for no fault.
func (f Fault) info() (info faultInfo) {
	if i := slices.Index(Faults(), f); i >= 0 {
		info = faults[i]
	}
	return info
}

// Faults lists every fault.
func Faults() []Fault {
	all := make([]Fault, 0, len(faults))
	for _, f := range faults {
		all = append(all, f.fault)
	}
	return all
}

// ParseFault takes a fault's name. An empty one is no fault.
func ParseFault(s string) (Fault, error) {
	if s == "" || slices.Contains(Faults(), Fault(s)) {
		return Fault(s), nil
	}
	names := make([]string, 0, len(faults))
	for _, f := range faults {
		names = append(names, string(f.fault))
	}
	return "", fmt.Errorf("%q is not a fault; there are %s", s, strings.Join(names, ", "))
}

// Text says what the fault does.
func (f Fault) Text() string { return cmp.Or(f.info().text, "no fault") }

// MustRefuse tells a push that a carrier must refuse from one that it may answer.
func (f Fault) MustRefuse() bool { return f.info().refuse }

// Fits tells where a fault can be committed: some need a ciphertext, one needs
// JSON. Push refuses the others.
func (f Fault) Fits(m wechat.Mode, format wechat.Format) bool {
	return (m != wechat.Plain || !f.info().sealed) && (f != JSONAsXML || format == wechat.JSON)
}
