package instant_test

import (
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// startInstant is StartInstant, and wants every call to have left its order.
func startInstant(tb testing.TB, f wechat.Format, deliveryID string) (*Sandbox, *Company) {
	tb.Helper()
	d := StartSandbox(tb, f, InstantAt(deliveryID))
	return d, newCompany(d, f)
}

func newCompany(d *Sandbox, f wechat.Format) *Company {
	d.TB.Cleanup(func() {
		if n := d.Instant.Calls(); n != 0 {
			d.TB.Errorf("%d calls have not left their order", n)
		}
	})
	return NewCompany(d, f)
}
