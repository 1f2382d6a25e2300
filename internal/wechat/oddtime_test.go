package wechat

import (
	"fmt"
	"testing"
)

// oddTimes are CreateTimes that are no whole number, with what an identity has of them.
var oddTimes = map[string]string{
	`"CreateTime":1.5,`: "1.5", `"CreateTime":1e9,`: "1e9", `"CreateTime":"+1",`: "+1", `"CreateTime":"1_0",`: "1_0", `"CreateTime":" now ",`: "now",
	`"CreateTime":"",`: "", `"CreateTime":null,`: "", ``: "", `"createtime":1,`: "", `"CreateTime":9223372036854775808,`: "9223372036854775808", `"CreateTime":true,`: "true",
}

// TestOddTime: a CreateTime that is no whole number decides nothing, so each message is
// read. It is the query's timestamp in the reply, and itself in the identity: a push stays
// the same as its repeats, which come with another timestamp. Milliseconds are a whole number.
func TestOddTime(t *testing.T) {
	t.Parallel()
	events := map[string]func(*Push) (message, error){
		EventCancelWaybill: func(p *Push) (message, error) {
			m, err := p.CancelWaybill()
			return message{m.CreateTime, m.Identity()}, err
		},
		EventAddWaybill: func(p *Push) (message, error) {
			m, err := p.AddWaybill()
			return message{m.CreateTime, m.Identity()}, err
		},
		EventCheckBiz: func(p *Push) (message, error) {
			m, err := p.CheckBiz()
			return message{m.CreateTime, m.Identity()}, err
		},
		EventGetQuota: func(p *Push) (message, error) {
			m, err := p.GetQuota()
			return message{m.CreateTime, m.Identity()}, err
		},
	}
	for _, event := range orderEvents {
		events[event] = func(p *Push) (message, error) {
			m, err := p.InstantOrder()
			return message{m.CreateTime, m.Identity()}, err
		}
	}
	for _, event := range followUpEvents {
		events[event] = func(p *Push) (message, error) {
			m, err := p.InstantFollowUp()
			return message{m.CreateTime, m.Identity()}, err
		}
	}
	for event, read := range events {
		for created, text := range oddTimes {
			p := openPacket(t, fmt.Appendf(nil, `{"ToUserName":"gh_abcdefg",%s"MsgType":"event","Event":%q,"FromUserName":"o"}`, created, event))
			m, err := read(p)
			must(t, err)
			want := pushIdentity(event, "o", text, "", "", "")
			if p.Instant() {
				want = instantIdentity(event, "o", text, "", "", "", "")
			}
			if m.created != sampleTime.Unix() || m.identity != want || p.Identity() != want {
				t.Errorf("%s: %s %s", event, created, "reads otherwise")
			}
		}
		p := openPacket(t, fmt.Appendf(nil, `{"ToUserName":"gh_abcdefg","CreateTime":"1533042556123","MsgType":"event","Event":%q}`, event))
		if m, err := read(p); err != nil || m.created != 1533042556123 {
			t.Errorf("%s: milliseconds read as %d, %v", event, m.created, err)
		}
	}
}

type message struct {
	created  int64
	identity [32]byte
}

// TestUntoldTime: where pushes are told apart by it, a CreateTime of which nobody can say what
// it is is a fault; where none is, it is none.
func TestUntoldTime(t *testing.T) {
	t.Parallel()
	for _, created := range []string{`"CreateTime":1,"CreateTime":2`, `"CreateTime":{}`, `"CreateTime":[1]`} {
		for event, fault := range map[string]bool{
			EventCancelWaybill: true, EventAddWaybill: true, EventCheckBiz: false, EventGetQuota: false,
			EventAddOrder: true, EventReaddOrder: true, EventCancelOrder: true, EventAddTips: true, EventConfirmReturn: true,
			EventPrecreateOrder: false, EventPrecancelOrder: false, EventQueryOrder: false,
		} {
			p := openPacket(t, fmt.Appendf(nil, `{"ToUserName":"gh_abcdefg",%s,"MsgType":"event","Event":%q}`, created, event))
			var errs [6]error
			_, errs[0] = p.CancelWaybill()
			_, errs[1] = p.AddWaybill()
			_, errs[2] = p.CheckBiz()
			_, errs[3] = p.GetQuota()
			_, errs[4] = p.InstantOrder()
			_, errs[5] = p.InstantFollowUp()
			read := 0
			for _, err := range errs {
				if err == nil {
					read++
				}
			}
			if fault != (read == 0) {
				t.Errorf("%s: %s: read as %d messages: %v", event, created, read, errs)
			}
		}
	}
}
