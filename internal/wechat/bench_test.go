package wechat

import "testing"

// BenchmarkOpenSeal is one cancel through this package: opened, read, answered,
// sealed.
func BenchmarkOpenSeal(b *testing.B) {
	for _, f := range formats {
		for _, m := range Modes() {
			b.Run(m.String()+"/"+f.String(), func(b *testing.B) {
				o := options(m)
				o.Rand = nil
				r := newReceiver(b, o)
				q, body := samplePush(b, f, m)
				b.ReportAllocs()
				for b.Loop() {
					p, err := r.Open(q, body)
					must(b, err)
					msg, err := p.CancelWaybill()
					must(b, err)
					_, err = p.Seal(msg.Reply(0, "success").Encode(f))
					must(b, err)
				}
			})
		}
	}
}
