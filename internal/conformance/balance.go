package conformance

import (
	"context"
	"fmt"
	"strconv"

	"carrierhook/internal/wechat"
)

// checkBalance books an order, pushes it again and cancels it, and queries the balance
// before and after each.
func checkBalance(ctx context.Context, s *session, c Case) (Verdict, string) {
	number, why := s.number()
	switch {
	case !s.Merchant.Quota:
		return skip("the account is given without a balance")
	case s.unanswered[wechat.EventGetQuota]:
		return skip("would say nothing: get_quota gives no balance (case quota_answer)")
	case why != "":
		return skip("%s", why)
	}
	var left []int64
	m := s.order(*s.Merchant, number)
	b := booking{order: m}
	for _, step := range []func() (Verdict, string){
		func() (Verdict, string) { return Pass, "" },
		func() (verdict Verdict, got string) {
			b, verdict, got = s.book(ctx, c, s.platform, m, "")
			return verdict, got
		},
		func() (Verdict, string) { return s.sameNumber(ctx, c, m, b.number) },
		func() (Verdict, string) {
			return s.expect(ctx, c, s.platform, s.cancelProbe(s.cancelOf(b)), "", 0)
		},
	} {
		if verdict, got := step(); verdict != Pass {
			return verdict, got
		}
		n, verdict, got := s.balance(ctx, c)
		if verdict != Pass {
			return verdict, got
		}
		left = append(left, n)
	}
	got := fmt.Sprintf("%d, booked %d, pushed again %d, cancelled %d", left[0], left[1], left[2], left[3])
	if left[1] != left[0]-1 || left[2] != left[1] || left[3] != left[0] {
		return Fail, got
	}
	return Pass, got
}

func (s *session) balance(ctx context.Context, c Case) (int64, Verdict, string) {
	replies, verdict, got := s.replies(ctx, c, s.platform, aboutAccount(wechat.EventGetQuota)(s, *s.Merchant), "", 0)
	if verdict != Pass {
		return 0, verdict, got
	}
	n, err := strconv.ParseInt(replies[0].text("Quota"), 10, 64)
	if err != nil {
		verdict, got = skip("the balance cannot be read (case reply_quota)")
	}
	return n, verdict, got
}
