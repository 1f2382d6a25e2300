package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// variant is one of several pushes, and what is odd about it.
type variant struct {
	what string
	q    probe
}

// refuses wants every push to be refused: which code says no WeChat leaves to the
// company, so any will do but 0.
func (s *session) refuses(ctx context.Context, c Case, all ...variant) (Verdict, string) {
	return s.each(ctx, c, func(code int) bool { return code != 0 }, all...)
}

// each wants a right code from the reply to every push.
func (s *session) each(ctx context.Context, c Case, right func(code int) bool, all ...variant) (Verdict, string) {
	var wrong, codes []string
	unopened := error(nil)
	for _, v := range all {
		replies, _, err := s.push(ctx, c, s.platform, v.q, "")
		name, _ := v.q.result()
		var text string
		if len(replies) > 0 {
			switch code, ok := replies[0].code(); {
			case !ok:
				text = "no " + name
			case !right(code):
				text = fmt.Sprint(name, " ", code)
			default:
				if text := fmt.Sprint(name, " ", code); !slices.Contains(codes, text) {
					codes = append(codes, text)
				}
			}
		}
		switch {
		case errors.Is(err, errUnopened):
			unopened = err
		case err != nil:
			text = err.Error()
		}
		if text != "" {
			wrong = append(wrong, v.what+": "+text)
		}
	}
	switch {
	case len(wrong) > 0:
		return fail("%s", strings.Join(wrong, "; "))
	case unopened != nil:
		return skip("%v", unopened)
	}
	return pass("%s", strings.Join(codes, ", "))
}
