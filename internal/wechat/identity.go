package wechat

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// identity is SHA-256 over the parts, each with its length before it, which
// keeps ("a", "bc") apart from ("ab", "c").
func identity(parts ...string) [32]byte {
	h := sha256.New()
	for _, part := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return [32]byte(h.Sum(nil))
}

// Identity tells a push repeated by WeChat from a new one, whatever its event.
// For a message of a type of its own, that type's Identity says the same.
func (p *Push) Identity() [32]byte {
	text := func(name string) string {
		if m := p.doc.members[name]; m != nil {
			return m.text
		}
		return ""
	}
	return identity(strings.ToLower(p.Header.Event), text("FromUserName"), p.Header.CreateTime,
		text("BizID"), text("OrderID"), text("WayBillID"))
}
