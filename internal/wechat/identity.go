package wechat

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// identity is SHA-256 over the parts, each with its length before it, which
// keeps ("a", "bc") apart from ("ab", "c").
func identity(parts ...string) [32]byte {
	var short [512]byte
	joined := short[:0]
	for _, part := range parts {
		joined = binary.BigEndian.AppendUint64(joined, uint64(len(part)))
		joined = append(joined, part...)
	}
	return sha256.Sum256(joined)
}

// Identity tells a push repeated by WeChat from a new one, whatever its event.
// For a message of a type of its own, that type's Identity says the same.
func (p *Push) Identity() [32]byte {
	doc := p.doc()
	text := func(name string) string {
		if m := doc.member(name); m != nil {
			return string(m.text)
		}
		return ""
	}
	return identity(strings.ToLower(p.Header.Event), text("FromUserName"), p.Header.CreateTime,
		text("BizID"), text("OrderID"), text("WayBillID"))
}
