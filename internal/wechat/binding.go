package wechat

import (
	"crypto/sha256"
	"encoding/binary"

	"carrierhook/internal/wechat/packet"
)

// Binding ties a signature that covers no body to the first body that came with it.
// Both are halves of a SHA-256: a signature is valid for any body until it is bound,
// so it is stored nowhere.
type Binding struct {
	Signature [16]byte
	Body      [16]byte
}

// bind makes the binding of a push that a Plain receiver believes: to all that is read of
// the body, or, if it could not be read to its end, to all its bytes, for of two that break
// off alike one may go on otherwise. No node is written as those are.
func bind(signature string, body []byte, doc *packet.Node, fault error) Binding {
	var given [40]byte
	b := Binding{Signature: half(append(given[:0], signature...))}
	if fault != nil {
		b.Body = half(append([]byte{0xff}, body...))
	} else {
		b.Body = bodyHash(doc)
	}
	return b
}

// half is the first half of SHA-256: enough where only WeChat can make what is hashed,
// or where another body of the same hash would have to be found.
func half(b []byte) [16]byte {
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// bodyHash is the hash of all that is read from a document, but for Encrypt: a
// Plain receiver does not look at that, and a push that is sealed anew is the same.
//
// Servers keep it as long as a signature is valid, and have to agree: when this
// function changes, repeats are refused until the last server runs the new one.
func bodyHash(doc *packet.Node) [16]byte {
	var short [1024]byte // enough for a cancel; append finds more where it is not
	all := short[:0]
	for i := range doc.Children {
		if m := &doc.Children[i]; string(m.Name) != "Encrypt" {
			all = appendNode(all, m)
		}
	}
	return half(all)
}

// appendNode writes a node so that no other one is written alike.
func appendNode(b []byte, v *packet.Node) []byte {
	bare := byte(0)
	if v.Bare {
		bare = 1
	}
	b = appendSized(append(b, byte(v.Kind), bare), v.Name)
	if v.Kind == packet.Scalar {
		return appendSized(b, v.Text)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(v.Children)))
	for i := range v.Children {
		b = appendNode(b, &v.Children[i])
	}
	return b
}

func appendSized(b, text []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}
