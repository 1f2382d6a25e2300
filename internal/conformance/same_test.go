package conformance

import (
	"cmp"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"carrierhook/internal/wechat"
)

// sameVerdicts runs the kit several times against a server with one defect, a new one each
// time, and wants every case to end alike every time.
func sameVerdicts(t *testing.T, d defect, times int) {
	var before map[string]Verdict
	for range times {
		synctest.Test(t, func(t *testing.T) {
			c := newCarrier(t, cmp.Or(d.mode, wechat.Secure), window)
			d.inject(c)
			_, _, report := failed(t, c.serve(t))
			verdicts := map[string]Verdict{}
			for _, r := range report.Results {
				verdicts[r.Format+"/"+r.Case] = r.Verdict
			}
			if before != nil && !maps.Equal(verdicts, before) {
				for name, v := range verdicts {
					if v != before[name] {
						t.Errorf("%s: %s, and before %s", name, v, before[name])
					}
				}
			}
			before = verdicts
		})
	}
}

// TestSameVerdicts: what repeated pushes show does not depend on who is faster.
// TestProveSameVerdicts wants it of every defect.
func TestSameVerdicts(t *testing.T) {
	t.Parallel()
	for _, d := range defects {
		if strings.Contains(d.caught, "hang_up") {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				sameVerdicts(t, d, 3)
			})
		}
	}
}
