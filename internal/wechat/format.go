package wechat

// Format is the notation of a packet. A push is answered in its own.
type Format uint8

// The formats a mini program can choose between in WeChat's console.
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
