//go:build prove

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
	"carrierhook/internal/wechat/hostile"
)

// hostileRequest is a body as somebody sends it, with what it may be answered
// besides 503, which says that there was no room.
type hostileRequest struct {
	name   string
	parts  [][]byte
	may    []int
	passes bool // 100 Continue first
}

var refused = []int{http.StatusBadRequest, http.StatusForbidden}

// limit is how large a body may be.
var limit = int(config.Default().WeChat.MaxBody)

// strangers send each shape in several ways, mostly with the query of a push that they have
// seen but for a digit of msg_signature.
func strangers(t *testing.T, p *program, mode wechat.Mode) (all []hostileRequest) {
	s := p.sender(t, mode)
	var random [16]byte
	q, seen := s.Push(wechat.JSON, time.Now(), "1", random, wechat.EncodeCancel(wechat.JSON, sampleCancel(0)))
	_, rest, _ := strings.Cut(string(seen), `"Encrypt":"`)
	encrypt, _, _ := strings.Cut(rest, `"`)
	wrong := q
	wrong.MsgSignature = "0" + q.MsgSignature[1:]
	if wrong == q {
		wrong.MsgSignature = "1" + q.MsgSignature[1:]
	}
	unsigned := q
	unsigned.MsgSignature = ""
	for _, shape := range hostile.Shapes() {
		body := shape.Body(limit, encrypt)
		passes := request(shape.Name+", after 100 Continue", wechat.Query{}, "Expect: 100-continue\r\n", body)
		passes.passes = true
		all = append(all, request(shape.Name, wrong, "", body), passes, chunked(shape.Name+", in chunks", wrong, body),
			request(shape.Name+", said to be gzip", unsigned, "Content-Encoding: gzip\r\n", body))
	}
	return all
}

// signedOnes are what WeChat would have to have sent.
func signedOnes(t *testing.T, p *program, mode wechat.Mode) (all []hostileRequest) {
	s := p.sender(t, mode)
	size := limit
	if mode != wechat.Plain {
		size = limit/4*3 - 1024 // base64 and an envelope come to it
	}
	sign := func(name string, f wechat.Format, msg []byte, may ...int) {
		var random [16]byte
		q, body := s.Push(f, time.Now(), fmt.Sprint(len(all)), random, msg)
		r := request(name, q, "", body)
		r.may = may
		all = append(all, r)
	}
	for _, shape := range hostile.Shapes() {
		f := wechat.JSON
		if strings.HasPrefix(shape.Name, "XML") {
			f = wechat.XML
		}
		sign(shape.Name, f, shape.Body(size, "AAAA"), refused...)
	}
	for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
		sign(fmt.Sprintf("%v: a cancel with 4,000 members", f), f, crammed(f, 4000, size), http.StatusOK)
		sign(fmt.Sprintf("%v: a cancel with 4,096 members besides its own", f), f, crammed(f, 4096, size), http.StatusOK) // unreadable
	}
	return all
}

// crammed is a cancel of a waybill that nobody knows, of so many members more, and
// filled up to a size.
func crammed(f wechat.Format, members, size int) []byte {
	m := sampleCancel(0)
	m.WayBillID = "unknown"
	start, end := string(wechat.EncodeCancel(f, m)), "</f></xml>"
	if f == wechat.XML {
		start = strings.TrimSuffix(start, "</xml>") + "<l>" + strings.Repeat("<a/>", members) + "</l><f>"
	} else {
		start, end = strings.TrimSuffix(start, "}")+`,"l":[`+strings.Repeat("{},", members-1)+`{}],"f":"`, `"}`
	}
	return []byte(start + strings.Repeat("x", size-len(start)-len(end)) + end)
}

func request(name string, q wechat.Query, headers string, body []byte) hostileRequest {
	head := fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n", handler.Path, q.Values().Encode(), headers, len(body))
	return hostileRequest{name: name, parts: [][]byte{[]byte(head), body}, may: refused}
}

// chunked is a request that does not announce its length, in chunks of 1 KiB.
func chunked(name string, q wechat.Query, body []byte) hostileRequest {
	head := fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", handler.Path, q.Values().Encode())
	r := hostileRequest{name: name, parts: [][]byte{[]byte(head)}, may: refused}
	for piece := range slices.Chunk(body, 1024) {
		r.parts = append(r.parts, fmt.Appendf(nil, "%x\r\n", len(piece)), piece, []byte("\r\n"))
	}
	r.parts = append(r.parts, []byte("0\r\n\r\n"))
	return r
}

// send is the status that a request is answered, and whether the connection stays open.
func (r hostileRequest) send(conn net.Conn, replies *bufio.Reader) (status int, open bool, err error) {
	_ = conn.SetDeadline(time.Now().Add(patience))
	parts := net.Buffers(slices.Clone(r.parts))
	_, sendErr := parts.WriteTo(conn)
	for first := true; ; first = false {
		res, err := http.ReadResponse(replies, nil)
		if err != nil {
			if sendErr != nil {
				err = sendErr
			}
			return 0, false, err
		}
		if first && r.passes && res.StatusCode == http.StatusContinue {
			continue
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return 0, false, err
		}
		return res.StatusCode, !res.Close && sendErr == nil, nil
	}
}
