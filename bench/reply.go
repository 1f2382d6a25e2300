package main

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"time"
)

// client is one connection.
type client struct {
	net.Conn
	in   *bufio.Reader
	body bytes.Buffer
}

func dial(addr string) (*client, error) {
	c, err := net.DialTimeout("tcp", addr, replyTimeout)
	if err != nil {
		return nil, err
	}
	return &client{Conn: c, in: bufio.NewReaderSize(c, 8<<10)}, nil
}

// do sends one request and reads its reply. The body is good until the next.
func (c *client) do(request []byte) (status int, body []byte, err error) {
	if err := c.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
		return 0, nil, err
	}
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	reply, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, nil, err
	}
	defer reply.Body.Close()
	c.body.Reset()
	_, err = c.body.ReadFrom(reply.Body)
	return reply.StatusCode, c.body.Bytes(), err
}
