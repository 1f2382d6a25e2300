package instant_test

import (
	"strings"
	"testing"

	"carrierhook/internal/sandbox/instant"
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

// Options that cannot be are refused.
func TestOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]instant.Options{
		"the company for trying": {DeliveryID: "TEST"},
		"a shop and no company":  {Shops: []string{"1"}},
		"no id of a shop":        {DeliveryID: "SS", Shops: []string{""}},
		"a long shop":            {DeliveryID: "SS", Shops: []string{strings.Repeat("x", 129)}},
		"a control character":    {DeliveryID: "S\n"},
	} {
		if _, err := instant.New(o).Join(nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
