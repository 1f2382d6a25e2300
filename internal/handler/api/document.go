package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
)

// Document is the API's description, an OpenAPI 3.1 document.
//
//go:embed openapi.json
var Document []byte

// documentTag changes with the document.
var documentTag = func() string {
	sum := sha256.Sum256(Document)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}()

// file is a body that is sent as it is.
type file struct {
	tag  string
	body []byte
}

// document sends the description, to whoever has not got it.
func (a *API) document(r *request) (answer, error) {
	status := http.StatusOK
	if sameTag(r.Request.Header.Values("If-None-Match"), documentTag) {
		status = http.StatusNotModified
	}
	return answer{status: status, body: file{documentTag, Document}}, nil
}

// sameTag tells whether one of the tags is tag: weak or strong, it is the same
// text.
func sameTag(headers []string, tag string) bool {
	for _, header := range headers {
		for t := range strings.SplitSeq(header, ",") {
			if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
				return true
			}
		}
	}
	return false
}

func (f file) write(r *request, status int) {
	h := r.Writer.Header()
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "no-cache")
	if status == http.StatusNotModified {
		r.Status(status)
		return
	}
	r.Data(status, "application/json", f.body)
}
