package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"carrierhook/internal/sandbox"
)

// check runs a case.
type check = func(context.Context, *session, Case) (Verdict, string)

// checkAnswer finds out whether anything is answered in this format.
func checkAnswer(ctx context.Context, s *session, c Case) (Verdict, string) {
	verdict, got, answered := s.answered(ctx, c, s.cancelProbe(s.unknownCancel()))
	s.down = !answered
	return verdict, got
}

// answered tells whether a reply came in time, and whether one came at all.
func (s *session) answered(ctx context.Context, c Case, q probe) (verdict Verdict, got string, answered bool) {
	replies, d, err := s.push(ctx, c, s.platform, q, "")
	took := d.Took.Round(100 * time.Microsecond)
	switch {
	case err == nil && took > sandbox.Patience:
		verdict, got = fail("a reply after %v, which WeChat does not wait for", took)
	case err == nil:
		verdict, got = pass("a reply after %v", took)
	case errors.Is(err, errUnopened):
		verdict, got = skip("%v", err)
		return verdict, got, true
	default:
		hint := ""
		if len(d.Answers) > 0 && d.Answers[0].Status == http.StatusForbidden {
			hint = ": is it token, key, app id, user name or mode?"
		}
		verdict, got = fail("%v%s", err, hint)
	}
	return verdict, got, len(replies) > 0
}

func checkCode(code int) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		w, ok := s.waybills.with(code)
		if !ok && code == unknownWaybill.Code {
			w, ok = unknownWaybill, true
		}
		if !ok {
			return skip("no waybill is given that gives %d", code)
		}
		return s.expect(ctx, c, s.platform, s.cancelProbe(s.cancel(w)), "", code)
	}
}

// expect pushes and wants one code from every answer.
func (s *session) expect(ctx context.Context, c Case, p *sandbox.Platform, q probe, f sandbox.Fault, code int) (Verdict, string) {
	_, verdict, got := s.replies(ctx, c, p, q, f, code)
	return verdict, got
}

// replies is expect that returns what it judges.
func (s *session) replies(ctx context.Context, c Case, p *sandbox.Platform, q probe, f sandbox.Fault, code int) (replies []packet, verdict Verdict, text string) {
	replies, d, err := s.push(ctx, c, p, q, f)
	verdict = Pass
	var got []string
	if f == sandbox.Twice && len(d.Answers) == 1 {
		verdict, got = Fail, []string{"one without an answer"}
	}
	for _, reply := range replies {
		n, ok := reply.code()
		if !ok || n != code {
			verdict = Fail
		}
		name, _ := q.result()
		if !ok {
			got = append(got, "no "+name)
			continue
		}
		got = append(got, fmt.Sprint(name, " ", n))
	}
	switch {
	case err == nil:
	case verdict == Pass && errors.Is(err, errUnopened):
		verdict, got = Skipped, []string{err.Error()}
	default:
		verdict, got = Fail, append(got, err.Error())
	}
	return replies, verdict, strings.Join(got, " and ")
}

// checkCancelled cancels a waybill and leaves it to the cases after it.
func checkCancelled(ctx context.Context, s *session, c Case) (Verdict, string) {
	s.cancelled = nil
	w, ok := s.waybills.unused()
	if !ok {
		return skip("%s", s.noneUnused())
	}
	m := s.cancel(w)
	verdict, got := s.expect(ctx, c, s.platform, s.cancelProbe(m), "", 0)
	if verdict == Pass {
		s.cancelled, s.signed = &m, s.last
	} else if strings.Contains(got, "30003") {
		got += ": was the waybill used before?"
	}
	return verdict, got
}

func checkRepeat(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.cancelled == nil {
		return skip("nothing was cancelled (case code_0)")
	}
	return s.expect(ctx, c, s.platform, s.cancelProbe(*s.cancelled), "", 0)
}

func checkAgain(ctx context.Context, s *session, c Case) (Verdict, string) {
	if s.cancelled == nil {
		return skip("nothing was cancelled (case code_0)")
	}
	m := *s.cancelled
	m.CreateTime = s.next()
	return s.expect(ctx, c, s.platform, s.cancelProbe(m), "", 30003)
}

// checkAwkward cancels a waybill by a push that arrives more than once.
func checkAwkward(f sandbox.Fault) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		w, ok := s.waybills.unused()
		if !ok {
			return skip("%s", s.noneUnused())
		}
		return s.expect(ctx, c, s.patient, s.cancelProbe(s.cancel(w)), f, 0)
	}
}

// noneUnused says what to give.
func (s *session) noneUnused() string {
	return fmt.Sprintf("no waybill is left that can be cancelled; give four for each format to run every case, %d given", s.waybills.used)
}

func checkReplies(_ context.Context, s *session, c Case) (Verdict, string) {
	return s.seen.verdict(c.Name)
}
