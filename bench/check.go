package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"carrierhook/internal/wechat"
)

// pushChecker judges replies to pushes: the open ones at once, the sealed ones
// when the clock has stopped.
type pushChecker struct {
	r      *requests
	sender *wechat.Sender
	good   []byte // what an open reply has to contain

	kept []reply
	arena
}

type reply struct {
	waybill int
	body    []byte
}

func (r *requests) checker() (checker, error) {
	s, err := sender(r.mode)
	c := &pushChecker{r: r, sender: s, good: []byte("<ResultCode>0</ResultCode>")}
	if r.format == wechat.JSON {
		c.good = []byte(`"ResultCode":0,`)
	}
	return c, err
}

func (c *pushChecker) check(i, status int, body []byte) string {
	switch {
	case status != http.StatusOK:
		return fmt.Sprintf("status %d", status)
	case c.r.mode != wechat.Plain:
		c.kept = append(c.kept, reply{c.r.waybills[i], c.keep(body)})
	case !bytes.Contains(body, c.good):
		return c.judge(c.r.waybills[i], body)
	}
	return ""
}

func (c *pushChecker) finish(t *tally) {
	for _, k := range c.kept {
		if why := c.judge(k.waybill, k.body); why != "" {
			t.spoilt(why, 1)
		}
	}
}

// judge says what is wrong with a reply to the push for a waybill.
func (c *pushChecker) judge(waybill int, body []byte) string {
	packet, err := c.sender.OpenReply(wechat.Query{Nonce: nonce(waybill)}, c.r.format, body)
	if err != nil {
		return "unreadable reply"
	}
	var reply wechat.AddReply
	if c.r.event == books {
		reply, err = wechat.DecodeAddReply(c.r.format, packet)
	} else {
		var cancel wechat.CancelReply
		cancel, err = wechat.DecodeCancelReply(c.r.format, packet)
		reply.ResultCode, reply.WayBillID = cancel.ResultCode, cancel.WayBillID
	}
	switch {
	case err != nil || reply.WayBillID != strconv.Itoa(firstWaybill+waybill):
		return "unreadable reply"
	case reply.ResultCode != 0:
		return fmt.Sprintf("ResultCode %d", reply.ResultCode)
	}
	return ""
}

// arena keeps bodies that are to be read later, with few allocations.
type arena struct{ room []byte }

func (l *arena) keep(body []byte) []byte {
	if cap(l.room)-len(l.room) < len(body) {
		l.room = make([]byte, 0, max(1<<20, len(body))) // what is full stays with its bodies
	}
	from := len(l.room)
	l.room = append(l.room, body...)
	return l.room[from:]
}
