package instant_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// unheard calls, and wants the code of a company that is silent: it does what it is
// to do, and nobody hears of it, for the connection breaks.
func unheard(d *Sandbox, c *Company, path, body string) (answer string) {
	d.TB.Helper()
	d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
		c.Answer(p)
		panic(http.ErrAbortHandler)
	})
	defer d.Carrier.AnswerInstant(c.Answer)
	was := c.Count()
	answer = d.Call(path, body)
	if n := c.Count() - was; d.Errcode(answer) != 930556 || n != 2 {
		d.TB.Errorf("%s, silence: %s after %d pushes", path, answer, n)
	}
	return answer
}

// A company that is silent, that fails and that answers wrongly, by each call.
func TestCompanyFails(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.XML, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	calls := map[string]string{
		PreAddPath: PlaceBody(), PlacePath: PlaceBody("shop_order_id", `"another"`), ReaddPath: PlaceBody(),
		InstantGetPath: FollowUpBody(), PreCancelPath: FollowUpBody(), TipsPath: FollowUpBody(), ConfirmPath: FollowUpBody(), InstantCancelPath: FollowUpBody(),
	}
	for path, body := range calls {
		d.Carrier.AnswerInstant(nil)
		if got := d.Call(path, body); !strings.HasPrefix(got, `{"errcode":930557,"errmsg":"delivery system error rid: `) {
			t.Errorf("%s, HTTP status 500: %s", path, got)
		}
		d.Carrier.AnswerInstant(c.Answer)
		c.SendRaw(func(string) []byte { return []byte("<xml><resultcode>0</resultcode></xml>") })
		d.WantCode(path, body, 930557)
		c.SendRaw(func(string) []byte { return []byte("success") })
		d.WantCode(path, body, 930557)
		if last, _ := d.LastPush(); !strings.HasSuffix(last.Error, last.Event+" needs a reply with a resultcode") || last.ResultCode != nil || last.Answers[0].Packet != "success" {
			t.Errorf("%s: %+v", path, last)
		}
		c.Change(nil)
		if got := unheard(d, c, path, body); !strings.HasPrefix(got, `{"errcode":930556,"errmsg":"delivery timeout rid: `) {
			t.Errorf("%s, silence: %s", path, got)
		}
		if last, _ := d.LastPush(); last.Tries != 2 {
			t.Errorf("%s: %d tries", path, last.Tries)
		}
	}
}

// The platform's own failure has the family's code.
func TestPlatformFails(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.Platform.Rand = badDice{}
	if got := d.Call(PlacePath, PlaceBody()); !strings.HasPrefix(got, `{"errcode":930555,"errmsg":"wechat system error rid: `) || c.Count() != 0 {
		t.Errorf("%s", got)
	}
}

type badDice struct{}

func (badDice) Read([]byte) (int, error) { return 0, errors.New("no dice") }

// Every fault that there is, on a readd: a push that must not be believed is refused,
// and one that arrives awkwardly is not noticed.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, _ := startInstant(t, f, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		for _, fault := range sandbox.Faults() {
			if !fault.Fits(wechat.Secure, f) || fault == sandbox.RepeatedMember { // the test's company has no failures
				continue
			}
			d.SetFault(fault, 1)
			switch {
			case fault == sandbox.OverLimit, fault == sandbox.StaleTimestamp, fault == sandbox.ClockOff:
				d.Call(ReaddPath, PlaceBody()) // the test's receiver minds neither size nor time
			case fault.MustRefuse():
				d.WantCode(ReaddPath, PlaceBody(), 930557)
			default:
				d.WantResult(ReaddPath, PlaceBody(), 0)
			}
			if got := d.Show("pushes"); !strings.Contains(got, `"fault":"`+string(fault)+`"`) {
				t.Errorf("%s is not in the list of pushes", fault)
			}
		}
	}
}
