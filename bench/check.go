package main

import (
	"fmt"
	"net/http"
	"strconv"

	"carrierhook/internal/wechat"
)

func (r *requests) judge(t *tally) error {
	s, err := sender(r.mode)
	if err != nil {
		return err
	}
	for _, k := range t.kept {
		if why := r.wrong(s, k); why != "" {
			t.spoilt(why, 1)
		}
	}
	return nil
}

// wrong says what is wrong with a reply.
func (r *requests) wrong(s *wechat.Sender, k reply) string {
	if k.status != http.StatusOK {
		return fmt.Sprintf("status %d", k.status)
	}
	waybill := r.waybills[k.request]
	packet, err := s.OpenReply(wechat.Query{Nonce: nonce(waybill)}, r.format, k.body)
	if err != nil {
		return "unreadable reply"
	}
	code, id := 0, ""
	if r.event == books {
		reply, wrong := wechat.DecodeAddReply(r.format, packet)
		code, id, err = reply.ResultCode, reply.WayBillID, wrong
	} else {
		reply, wrong := wechat.DecodeCancelReply(r.format, packet)
		code, id, err = reply.ResultCode, reply.WayBillID, wrong
	}
	switch {
	case err != nil || id != strconv.Itoa(firstWaybill+waybill):
		return "unreadable reply"
	case code != 0:
		return fmt.Sprintf("ResultCode %d", code)
	}
	return ""
}
