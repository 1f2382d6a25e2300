package conformance

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carrierhook/internal/wechat"
)

// run runs a test of a carrier in a bubble of its own.
func run(t *testing.T, m wechat.Mode, window time.Duration, test func(*testing.T, *carrier)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { test(t, newCarrier(t, m, window)) })
}

// failed lists the cases of a run that failed, and those that were skipped.
func failed(t testing.TB, o Options) (failed, skipped []string, report Report) {
	t.Helper()
	report, err := Run(t.Context(), o, nil)
	must(t, err)
	for _, r := range report.Results {
		switch r.Verdict {
		case Fail:
			failed = append(failed, r.Case)
		case Skipped:
			skipped = append(skipped, r.Format+"/"+r.Case)
		}
	}
	slices.Sort(failed)
	return slices.Compact(failed), skipped, report
}

// wantFailed runs all cases and wants these to fail, and no other.
func wantFailed(t testing.TB, o Options, want ...string) Report {
	t.Helper()
	wrong, _, report := failed(t, o)
	if !slices.Equal(wrong, want) {
		t.Errorf("failed %v, want %v\n%s", wrong, want, lines(report))
	}
	return report
}

func lines(r Report) string {
	var b strings.Builder
	for _, result := range r.Results {
		fmt.Fprintln(&b, result.Line())
	}
	return b.String()
}

// TestCorrectServer: a right server fails nothing, in any mode and format, and
// nothing is skipped but what cannot arise. No report shows a secret.
func TestCorrectServer(t *testing.T) {
	t.Parallel()
	sealed := []string{
		"wrong_msg_signature", "flipped_byte", "wrong_app_id", "bad_padding", "wrong_length", "push_padding", "plaintext", "plaintext_aes",
		"reply_padding", "reply_app_id", "reply_sealed", "reply_envelope", "reply_signature", "reply_timestamp", "reply_nonce",
	}
	for _, mode := range wechat.Modes() {
		t.Run(mode.String(), func(t *testing.T) {
			run(t, mode, window, func(t *testing.T, c *carrier) {
				wrong, skipped, report := failed(t, c.serve(t))
				if len(wrong) > 0 {
					t.Errorf("failed: %v\n%s", wrong, lines(report))
				}
				want := []string{"xml/json_as_xml", "xml/add_control", "xml/instant_control", "json/reply_root"}
				for _, f := range []string{"xml/", "json/"} {
					if mode != wechat.Compatible {
						want = append(want, f+"compatible_copy")
					}
					if mode != wechat.Plain {
						want = append(want, f+"replayed", f+"reply_unsealed")
					}
					for _, name := range sealed {
						if mode == wechat.Plain {
							want = append(want, f+name)
						}
					}
				}
				for _, c := range callCases { // of which another test says more
					want = append(want, "/"+c.Name)
				}
				slices.Sort(want)
				slices.Sort(skipped)
				if !slices.Equal(skipped, want) {
					t.Errorf("skipped %v\nwant    %v", skipped, want)
				}
				if report.Failed != 0 || report.Passed+report.Skipped != len(report.Results) || report.Passed < 50 {
					t.Errorf("%d passed, %d failed, %d skipped of %d", report.Passed, report.Failed, report.Skipped, len(report.Results))
				}
				var out bytes.Buffer
				must(t, report.WriteJSON(&out))
				for _, secret := range []string{token, aesKey, password} {
					if strings.Contains(out.String()+lines(report)+report.Summary(), secret) {
						t.Errorf("the report shows %q", secret)
					}
				}
			})
		})
	}
}

// TestEachDefectIsCaught: every wrong server fails the case that is meant for
// it, and no other by accident.
func TestEachDefectIsCaught(t *testing.T) {
	t.Parallel()
	for _, m := range defects {
		t.Run(m.name, func(t *testing.T) {
			run(t, cmp.Or(m.mode, wechat.Secure), window, func(t *testing.T, c *carrier) {
				m.inject(c)
				wrong, _, report := failed(t, c.serve(t))
				want := strings.Fields(m.caught)
				slices.Sort(want)
				if !slices.Equal(wrong, want) {
					t.Errorf("failed %v, want %v\n%s", wrong, want, lines(report))
				}
				for _, r := range report.Results {
					if name := strings.Fields(m.caught)[0]; r.Case == name && r.Verdict == Pass && name != "reply_format" { // which is wrong in one only
						t.Errorf("%s is not caught in %s", name, r.Format)
					}
				}
			})
		})
	}
}

// TestEveryCaseCanFail: there is a wrong server for each case.
func TestEveryCaseCanFail(t *testing.T) {
	t.Parallel()
	caught := map[string]bool{}
	for _, m := range defects {
		for _, name := range strings.Fields(m.caught) {
			caught[name] = true
		}
	}
	seen := map[string]bool{}
	for _, c := range Cases() {
		if !caught[c.Name] {
			t.Errorf("no server fails %s", c.Name)
		}
		if seen[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		seen[c.Name] = true
		if c.Does == "" || c.Why == "" || c.Expected == "" || c.Basis != Rule && c.Basis != Advice {
			t.Errorf("%s does not say what it is", c.Name)
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
