package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// fetch makes a request as curl does. A header Host is sent in place of the address.
func fetch(tb testing.TB, method, url, body string, header http.Header) (status int, says string, answered http.Header) {
	tb.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	must(tb, err)
	if header != nil {
		req.Header, req.Host = header, header.Get("Host")
	}
	res, err := http.DefaultClient.Do(req)
	must(tb, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(tb, err)
	return res.StatusCode, string(text), res.Header
}

// get is the status and the body at a path.
func get(tb testing.TB, addr fmt.Stringer, path string) (int, string) {
	tb.Helper()
	status, body, _ := fetch(tb, http.MethodGet, "http://"+addr.String()+path, "", nil)
	return status, body
}
