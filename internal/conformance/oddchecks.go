package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"

	"carrierhook/internal/sandbox"
)

func checkOdd(f sandbox.Fault) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		return s.expect(ctx, c, s.platform, s.cancelProbe(s.unknownCancel()), f, unknownWaybill.Code)
	}
}

func checkText(text string) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		w := unknownWaybill
		w.OrderID = text
		replies, _, err := s.push(ctx, c, s.platform, s.cancelProbe(s.cancel(w)), "")
		if errors.Is(err, errUnopened) {
			return skip("%v", err)
		}
		if err != nil {
			return fail("%v", err)
		}
		if got := replies[0].text("OrderID"); got != text {
			return fail("a reply with OrderID %q", got)
		}
		return pass("a reply that repeats it")
	}
}

// checkPushPadding varies ShopAppID, which no reply repeats: the replies stay of
// one length.
func checkPushPadding(ctx context.Context, s *session, c Case) (Verdict, string) {
	var lost []int
	var last error
	for more := range 32 {
		m := s.unknownCancel()
		m.ShopAppID += strings.Repeat("x", more)
		q := s.cancelProbe(m)
		if replies, _, err := s.push(ctx, c, s.platform, q, ""); len(replies) == 0 && !errors.Is(err, errUnopened) {
			lost, last = append(lost, s.pad(q)), err
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		return fail("no reply to paddings of %v bytes: %v", lost, last)
	}
	return pass("a reply to each")
}

// checkReplyPadding varies the OpenID, which every reply repeats, and ShopAppID
// the other way: the pushes stay of one length.
func checkReplyPadding(ctx context.Context, s *session, c Case) (Verdict, string) {
	for more := range 32 {
		m := s.unknownCancel()
		m.FromUserName += strings.Repeat("x", more)
		m.ShopAppID += strings.Repeat("x", 32-more)
		// What comes back is for the examiner to judge.
		_, _, _ = s.push(ctx, c, s.platform, s.cancelProbe(m), "")
	}
	return s.seen.verdict(c.Name)
}

func checkStillThere(ctx context.Context, s *session, c Case) (Verdict, string) {
	return s.expect(ctx, c, s.platform, s.cancelProbe(s.unknownCancel()), "", unknownWaybill.Code)
}
