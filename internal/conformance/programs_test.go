package conformance

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
	"time"
	"unicode/utf8"

	"carrierhook/internal/wechat"
)

// written makes the packets of the program of that name, of orders and of prices.
func written(t *testing.T, f wechat.Format, name string) (orders, prices [][]byte) {
	t.Helper()
	s, err := newSession(Options{Account: account(wechat.Plain), Now: time.Now}, f, "oUser", &pool{})
	must(t, err)
	full, err := shop().complete()
	must(t, err)
	s.Shop = &full
	packets := func(all []variant, why string) (packets [][]byte) {
		for _, v := range all {
			packets = append(packets, v.q.packet)
		}
		if why != "" {
			t.Error(why)
		}
		return packets
	}
	for _, p := range programs {
		if p.name == name {
			return packets(p.orders(s)), packets(p.prices(s))
		}
	}
	t.Fatalf("there is no %s", name)
	return nil, nil
}

// TestNothings: every optional member is there, once, with the value that a program gives it, and
// the document is whole.
func TestNothings(t *testing.T) {
	t.Parallel()
	orders, prices := written(t, wechat.JSON, "empty")
	for i, want := range []nothing{{"0", `""`, "{}"}, {`""`, `""`, "[]"}, {"null", "null", "null"}} {
		for _, tt := range []struct {
			packet  []byte
			members []optional
		}{{orders[i], orderOptional}, {prices[i], instantOptional}} {
			if !json.Valid(tt.packet) {
				t.Errorf("no JSON: %s", tt.packet)
			}
			for _, o := range tt.members {
				// A sender's members are a receiver's too.
				found := regexp.MustCompile(`"`+o.name+`":`).FindAllIndex(tt.packet, -1)
				if n := len(found); n != 1 && (o.in != "Sender" || n != 2) || !bytes.HasPrefix(tt.packet[found[0][1]:], []byte(o.of(want))) {
					t.Errorf("%s: %d of it, not %s: %s", o.name, n, o.of(want), tt.packet)
				}
			}
		}
	}
	orders, prices = written(t, wechat.XML, "empty")
	for i, packet := range append(orders, prices...) {
		if _, err := read(packet); err != nil || bytes.Contains(packet, []byte("null")) || bytes.Contains(packet, []byte("<tips>0</tips>")) != (i == 2) {
			t.Errorf("%v: %s", err, packet)
		}
	}
	if len(orders) != 2 || len(prices) != 2 {
		t.Errorf("in XML %d and %d, though null is as a text without characters", len(orders), len(prices))
	}
}

// TestSpots: what no encoder writes is in the packets, and what stood for it is not.
func TestSpots(t *testing.T) {
	t.Parallel()
	for name, formats := range map[string][]wechat.Format{"control": {wechat.JSON}, "cut": {wechat.XML, wechat.JSON}} {
		for _, f := range formats {
			orders, prices := written(t, f, name)
			for _, packet := range append(orders, prices...) {
				if escapes := bytes.Count(packet, []byte{0x1b}); bytes.Contains(packet, []byte(spot)) || (name == "control") != (escapes == 2) || utf8.Valid(packet) != (name == "control") {
					t.Errorf("%s: %q", name, packet)
				}
			}
		}
	}
}
