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

// document is an answer that is sent as it is.
type document []byte

// serveDocument sends the description, unless the client has it already.
func serveDocument(r *request) (any, error) {
	h := r.Writer.Header()
	h.Set("ETag", documentTag)
	h.Set("Cache-Control", "no-cache")
	if sameTag(r.Request.Header.Values("If-None-Match"), documentTag) {
		r.status = http.StatusNotModified
	}
	return document(Document), nil
}

// sameTag reports whether one of the tags is tag, weak or strong.
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
