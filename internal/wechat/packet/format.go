// Package packet reads and writes documents in XML and JSON that say the same: one
// root with members, which are texts, numbers, objects and lists. Parse makes Nodes of
// a whole document, Skim finds a few members in one that is not authenticated, and
// a Writer writes one, byte for byte as WeChat's samples are. Strict and Tolerant are
// readers of a Node for callers that accept nothing else, or everything.
//
// The readers are written by hand: encoding/xml and encoding/json take ten times the
// time, and take documents that mean different things to different programs. The tests
// compare ours with them.
//
// The package knows no member's name, no message and no event, nothing of signatures
// and encryption, and imports nothing of ours.
package packet

// Format is the notation of a document.
type Format uint8

// The two formats.
const (
	XML Format = iota + 1
	JSON
)

func (f Format) String() string {
	switch f {
	case XML:
		return "xml"
	case JSON:
		return "json"
	}
	return "unknown"
}

// ContentType is the value of the reply's Content-Type header. WeChat documents
// none; the request's own is no guide, for JSON has been seen as text/xml.
func (f Format) ContentType() string {
	switch f {
	case XML:
		return "application/xml; charset=utf-8"
	case JSON:
		return "application/json; charset=utf-8"
	}
	return "application/octet-stream"
}
