package wechat

import (
	"bytes"
	"testing"

	"carrierhook/internal/wechat/packet"
)

// A push has one identity, whether its event has a type or not, and
// another event has another.
func TestPushIdentity(t *testing.T) {
	for _, f := range []Format{XML, JSON} {
		open := func(m CancelWaybill) *Push {
			doc, format, err := parse(EncodeCancel(f, m), CheckOuterDocument)
			must(t, err)
			p := &Push{Format: format, doc: func() *packet.Node { return doc }}
			p, err = (&Receiver{userName: m.ToUserName}).address(p, sampleTime, CheckOuterDocument, nil)
			must(t, err)
			return p
		}
		if open(sampleCancel).Identity() != sampleCancel.Identity() {
			t.Errorf("%v: the push and its message have two identities", f)
		}
		other := sampleCancel
		other.Event = "add_waybill"
		if open(other).Identity() == sampleCancel.Identity() {
			t.Errorf("%v: two events have one identity", f)
		}
	}
	for _, f := range formats {
		add := sampleAdd(f)
		for _, m := range []struct {
			packet []byte
			want   [32]byte
		}{
			{EncodeAddWaybill(f, add), add.Identity()},
			{EncodeCheckBiz(f, sampleCheck), sampleCheck.Identity()},
			{EncodeGetQuota(f, sampleQuota), sampleQuota.Identity()},
		} {
			// As WeChat writes it, and as it might: the message is the same.
			for _, packet := range [][]byte{
				m.packet,
				bytes.ReplaceAll(m.packet, []byte("1533042556"), []byte("001533042556")),
				bytes.ReplaceAll(bytes.ReplaceAll(m.packet, []byte("add_w"), []byte(" ADD_W")), []byte("_quota"), []byte("_QUOTA ")),
			} {
				if f == JSON {
					packet = bytes.ReplaceAll(packet, []byte("001533042556"), []byte(`"001533042556"`))
				}
				if p := openPacket(t, packet); p.Identity() != m.want {
					t.Errorf("%s: the push and its message have two identities", packet)
				}
			}
		}
	}
	for _, f := range []Format{XML, JSON} {
		if got, err := ParseFormat(f.String()); err != nil || got != f {
			t.Errorf("ParseFormat(%v) = %v, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("yaml"); err == nil {
		t.Error("yaml is a format")
	}
}
