package conformance

import (
	"bytes"
	"cmp"
	"context"
	"net/http"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// checkForged commits a fault that must be refused.
func checkForged(f sandbox.Fault) check {
	return func(ctx context.Context, s *session, _ Case) (Verdict, string) {
		d, err := s.platform.Push(ctx, wechat.EncodeCancel(s.format, s.unknownCancel()), f)
		if len(d.Answers) == 0 && f == sandbox.OverLimit && d.Took < cmp.Or(max(s.Patience, 0), sandbox.Patience) {
			return pass("the connection was closed")
		}
		if f == sandbox.WrongSignature && len(d.Answers) > 0 {
			s.forged = taken(d.Answers[0])
		}
		if f == sandbox.Truncated && s.notUnderstood(d) {
			return pass("ResultCode -1")
		}
		return s.refused(d.Answers, err)
	}
}

// notUnderstood tells whether half a plain push was answered -1: its signature holds, so
// the merchant may learn that it failed. Another code was decided by what is not whole.
func (s *session) notUnderstood(d sandbox.PushResult) bool {
	if s.Account.Mode != wechat.Plain || len(d.Answers) == 0 || d.Answers[0].Status != http.StatusOK {
		return false
	}
	reply, err := read(d.Answers[0].Body)
	code, ok := reply.code()
	return err == nil && ok && code == -1
}

// refused judges the answer to a push that must not be believed. WeChat does not
// say how to refuse, so anything will do that is neither a reply nor a breakdown.
func (s *session) refused(answers []sandbox.Answer, err error) (Verdict, string) {
	if len(answers) == 0 {
		return fail("%v", err)
	}
	a := answers[0]
	if a.Status >= 500 {
		return fail("HTTP %d", a.Status)
	}
	if p, err := read(a.Body); err == nil {
		_, sealed := p.has("Encrypt")
		_, message := p.has("FromUserName")
		code, answered := p.code()
		switch {
		case answered:
			return fail("it was believed: ResultCode %d", code)
		case sealed:
			return fail("it was believed: a sealed reply")
		case message: // which a chat's is, for example
			return fail("it was believed: a message, %s", s.seen.excerpt(a.Body))
		}
	}
	if len(a.Body) == 0 {
		return pass("HTTP %d", a.Status)
	}
	return pass("HTTP %d, %s", a.Status, s.seen.excerpt(a.Body))
}

// checkReplayed does as one who has seen a push and wants another.
func checkReplayed(ctx context.Context, s *session, _ Case) (Verdict, string) {
	if s.cancelled == nil {
		return skip("nothing was cancelled (case code_0)")
	}
	a, err := s.platform.Raw(ctx, s.signed, wechat.EncodeCancel(s.format, s.unknownCancel()))
	if err != nil {
		return fail("%v", err)
	}
	return s.refused([]sandbox.Answer{a}, nil)
}

func checkWrongUserName(ctx context.Context, s *session, _ Case) (Verdict, string) {
	m := s.unknownCancel()
	m.ToUserName = "gh_another"
	s.tune(&m.FromUserName, func() probe { return s.cancelProbe(m) })
	d, err := s.platform.Push(ctx, wechat.EncodeCancel(s.format, m), "")
	return s.refused(d.Answers, err)
}

// checkCompatibleCopy changes the copy that no signature covers. To refuse the
// push is right as well.
func checkCompatibleCopy(ctx context.Context, s *session, c Case) (Verdict, string) {
	m := s.unknownCancel()
	q, body, err := s.made(s.platform.Sender, m)
	if err != nil {
		return fail("%v", err)
	}
	const other = "other-order-x" // of the same length
	body = bytes.Replace(body, []byte(m.OrderID), []byte(other), 1)
	a, err := s.platform.Raw(ctx, q, body)
	if err != nil {
		return fail("%v", err)
	}
	if a.Status != http.StatusOK {
		return s.refused([]sandbox.Answer{a}, nil)
	}
	x, err := newExaminer(s.platform.Sender, s.Account, s.format, s.seen.secrets) // this reply is no example of others
	if err != nil {
		return fail("%v", err)
	}
	reply, err := x.answer(c.Name, q, s.cancelProbe(m), a)
	if err != nil {
		return fail("%v", err)
	}
	if got := reply.text("OrderID"); got != m.OrderID {
		return fail("a reply about OrderID %q", got)
	}
	return pass("a reply about the OrderID of the ciphertext")
}
