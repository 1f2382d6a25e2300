package main

import (
	"bytes"
	"fmt"
	"net/http"

	"carrierhook/internal/wechat"
)

// checker judges replies: the open ones at once, the sealed ones when the clock
// has stopped. Each connection has one of its own.
type checker struct {
	r      *requests
	opener opener
	good   []byte // what an open reply has to contain

	kept []reply
	room []byte // where the bodies are kept
}

type reply struct {
	waybill int
	body    []byte
}

func newChecker(r *requests) (*checker, error) {
	s, err := sender(r.mode)
	c := &checker{r: r, opener: opener{sender: s, kind: r.kind}, good: []byte("<ResultCode>0</ResultCode>")}
	if r.format == wechat.JSON {
		c.good = []byte(`"ResultCode":0,`)
	}
	return c, err
}

// look says what is wrong with a reply; "" is nothing, as far as can be seen.
func (c *checker) look(i, status int, body []byte) string {
	switch {
	case status != http.StatusOK:
		return fmt.Sprintf("status %d", status)
	case c.r.mode != wechat.Plain:
		c.keep(c.r.waybills[i], body)
	case !bytes.Contains(body, c.good):
		return c.judge(c.r.waybills[i], body)
	}
	return ""
}

func (c *checker) keep(waybill int, body []byte) {
	if cap(c.room)-len(c.room) < len(body) {
		c.room = make([]byte, 0, max(1<<20, len(body))) // what is full stays with its replies
	}
	from := len(c.room)
	c.room = append(c.room, body...)
	c.kept = append(c.kept, reply{waybill, c.room[from:]})
}

// finish judges what was kept.
func (c *checker) finish(t *tally) {
	for _, k := range c.kept {
		if why := c.judge(k.waybill, k.body); why != "" {
			t.spoilt(why, 1)
		}
	}
}

func (c *checker) judge(waybill int, body []byte) string {
	code, err := c.opener.code(waybill, body)
	switch {
	case err != nil:
		return "unreadable reply"
	case code != 0:
		return fmt.Sprintf("ResultCode %d", code)
	}
	return ""
}
