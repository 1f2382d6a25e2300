package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// maxReply is far above what any reply has.
const maxReply = 4 << 20

// do sends one request and reads its reply. The body is good until the next.
func (c *client) do(request []byte) (status int, body []byte, err error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	for have, whole := 0, false; !whole; {
		if have == len(c.in) {
			if have >= maxReply {
				return 0, nil, errors.New("the reply is too long")
			}
			c.in = append(c.in, make([]byte, have)...)
		}
		n, err := c.Read(c.in[have:])
		if err != nil {
			return 0, nil, err
		}
		have += n
		if status, body, whole, err = readReply(c.in[:have]); err != nil {
			return 0, nil, err
		}
	}
	return status, body, nil
}

// readReply reads what has come of a reply, which may be whole by now.
func readReply(b []byte) (status int, body []byte, whole bool, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil, false, nil
	}
	head, rest := b[:end+2], b[end+4:]
	if len(head) < 12 {
		return 0, nil, false, fmt.Errorf("the reply begins with %q", head)
	}
	if status, err = strconv.Atoi(string(head[9:12])); err != nil {
		return 0, nil, false, fmt.Errorf("the reply begins with %q", head)
	}
	if bytes.Contains(head, []byte("\r\nTransfer-Encoding: chunked\r\n")) {
		body, whole, err = joinChunks(rest)
		return status, body, whole, err
	}
	_, number, found := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !found {
		return 0, nil, false, errors.New("the reply has no Content-Length")
	}
	number, _, _ = bytes.Cut(number, []byte("\r\n"))
	length, err := strconv.Atoi(string(number))
	if err != nil || length < 0 || len(rest) > length {
		return 0, nil, false, fmt.Errorf("the reply has %d bytes of %q", len(rest), number)
	}
	return status, rest, len(rest) == length, nil
}

// joinChunks reads a body in chunks. It leaves b alone, which may have to be
// read again when more has come.
func joinChunks(b []byte) (body []byte, whole bool, err error) {
	for {
		number, rest, found := bytes.Cut(b, []byte("\r\n"))
		if !found {
			return nil, false, nil
		}
		size, err := strconv.ParseUint(string(number), 16, 31)
		if err != nil {
			return nil, false, fmt.Errorf("a chunk begins with %q", number)
		}
		if uint64(len(rest)) < size+2 {
			return nil, false, nil
		}
		if size == 0 {
			return body, true, nil
		}
		body = append(body, rest[:size]...)
		b = rest[size+2:]
	}
}
