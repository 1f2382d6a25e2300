package wechat

import (
	"fmt"
	"time"
)

// Check names the examination that a push failed. The set is closed, so its
// names serve as metric labels.
type Check uint8

// The checks, in the order in which a push meets them.
const (
	CheckTimestamp     Check = iota + 1 // the query's timestamp is a decimal number
	CheckOuterDocument                  // the body is one well-formed packet
	CheckMode                           // the body carries what the configured mode needs
	CheckSignature                      // signature, over token, timestamp and nonce
	CheckMsgSignature                   // msg_signature, over the ciphertext as well
	CheckWindow                         // the timestamp is near our clock
	CheckBase64                         // Encrypt is strict base64
	CheckCiphertext                     // of a positive multiple of 32 bytes
	CheckPadding                        // with PKCS#7 padding to 32
	CheckLength                         // whose length field stays inside
	CheckAppID                          // and that ends with our app id
	CheckInnerDocument                  // the decrypted bytes are one well-formed packet
	CheckUserName                       // ToUserName is our mini program
	CheckReplayed                       // a plain push's signature is bound to no other body
	CheckEchoStr                        // the check of the URL, a signed GET, has an echostr

	// CheckMessage is not met by a push: a message whose members have not the shape that
	// they must have is answered in its own shape, and a reply with such members refused.
	CheckMessage
)

var checkNames = map[Check]string{
	CheckTimestamp:     "timestamp",
	CheckOuterDocument: "outer_document",
	CheckMode:          "mode",
	CheckSignature:     "signature",
	CheckMsgSignature:  "msg_signature",
	CheckWindow:        "window",
	CheckBase64:        "base64",
	CheckCiphertext:    "ciphertext",
	CheckPadding:       "padding",
	CheckLength:        "length",
	CheckAppID:         "app_id",
	CheckInnerDocument: "inner_document",
	CheckUserName:      "user_name",
	CheckMessage:       "message",
	CheckReplayed:      "replayed",
	CheckEchoStr:       "echostr",
}

// Checks lists every check by which a push is refused.
func Checks() []Check {
	all := make([]Check, 0, len(checkNames))
	for c := CheckTimestamp; c <= CheckEchoStr; c++ {
		all = append(all, c)
	}
	return all
}

func (c Check) String() string {
	if name, ok := checkNames[c]; ok {
		return name
	}
	return "unknown"
}

// Malformed reports that a document, or the query of a signed GET, cannot be read,
// which the sender may know (HTTP 400). Pushes that are not believed must all look
// alike to the sender (HTTP 403), or the answers become an oracle.
func (c Check) Malformed() bool {
	return c == CheckOuterDocument || c == CheckInnerDocument || c == CheckEchoStr
}

// Refusal is why a packet was turned away.
type Refusal struct {
	Check Check
	// Detail says why, and what to do. It is for the operator's log only. It
	// has no secret, no part of a body and nothing personal.
	Detail string
	// Skew is our clock minus the sender's where Check is CheckWindow: the push
	// was signed, so the figure is true and worth a gauge.
	Skew time.Duration
}

func (r *Refusal) Error() string { return "refused by " + r.Check.String() + ": " + r.Detail }

func refuse(c Check, format string, args ...any) error {
	return &Refusal{Check: c, Detail: fmt.Sprintf(format, args...)}
}
