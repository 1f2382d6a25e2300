package conformance

import (
	"bytes"
	"regexp"

	"carrierhook/internal/wechat"
)

// nothing is how a program writes what nobody gave, of a figure, a text and an object.
type nothing struct{ figure, text, object string }

// optional is a member that need not say anything, and the object that it is in.
type optional struct {
	in, name string
	of       func(nothing) string
}

func figure(n nothing) string { return n.figure }
func text(n nothing) string   { return n.text }
func object(n nothing) string { return n.object }

var orderOptional = []optional{
	{"", "Remark", text}, {"Sender", "Company", text}, {"Sender", "PostCode", text},
	{"Cargo", "Space_X", figure}, {"Cargo", "Space_Y", figure}, {"Cargo", "Space_Z", figure}, {"", "Insured", object},
}

var instantOptional = []optional{
	{"", "delivery_token", text},
	{"cargo", "goods_height", figure}, {"cargo", "goods_length", figure}, {"cargo", "goods_width", figure}, {"cargo", "goods_detail", object},
	{"cargo", "goods_pickup_info", text}, {"cargo", "goods_delivery_info", text},
	{"order_info", "expected_delivery_time", figure}, {"order_info", "expected_finish_time", figure}, {"order_info", "expected_pick_time", figure},
	{"order_info", "is_insured", figure}, {"order_info", "declared_value", figure}, {"order_info", "tips", figure}, {"order_info", "rider_pick_method", figure},
	{"order_info", "cash_on_delivery", figure}, {"order_info", "cash_on_pickup", figure}, {"order_info", "delivery_service_code", text}, {"order_info", "note", text}, {"order_info", "poi_seq", text},
}

// nothings write every optional member as a program does that gives each of them: with the
// zero values of its language, as texts and lists, and as null.
func nothings() (all []writing) {
	for _, n := range []nothing{{"0", `""`, "{}"}, {`""`, `""`, "[]"}, {"null", "null", "null"}} {
		with := func(members []optional) func(wechat.Format, []byte) []byte {
			return func(f wechat.Format, packet []byte) []byte {
				for _, o := range members {
					packet = o.write(f, packet, o.of(n))
				}
				return packet
			}
		}
		all = append(all, writing{n.figure, n.figure == "null", with(orderOptional), with(instantOptional)})
	}
	return all
}

// write gives the member a value of JSON, or in XML what stands for that.
func (o optional) write(f wechat.Format, packet []byte, value string) []byte {
	was, open, said, more := `"`+o.name+`":(?:\{[^}]*\}|"[^"]*"|[^,}]*)`, `"`+o.in+`":{`, `"`+o.name+`":`+value, ","
	if o.in == "" {
		open = "{"
	}
	if f == wechat.XML {
		if value != "0" {
			value = ""
		}
		was, open, said, more = `<`+o.name+`>.*?</`+o.name+`>`, `<`+o.in+`>`, `<`+o.name+`>`+value+`</`+o.name+`>`, ""
		if o.in == "" {
			open = "<xml>"
		}
	}
	if there := regexp.MustCompile(was); there.Match(packet) {
		return there.ReplaceAllLiteral(packet, []byte(said))
	}
	return bytes.Replace(packet, []byte(open), []byte(open+said+more), 1)
}
