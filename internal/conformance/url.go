package conformance

import (
	"bytes"
	"context"
	"net/http"

	"carrierhook/internal/sandbox"
)

// urlCases are the request that WeChat makes when the URL is entered in its
// console. It has no format.
var urlCases = []Case{
	rule("url_check", "a right URL check", pagePush+": answer exactly echostr, nothing around it",
		"HTTP 200 and the echostr", checkURL),
	rule("url_check_forged", "a URL check with a wrong signature", pagePush+": echo only what is signed",
		"not the echostr, and no HTTP 5xx", checkForgedURL(sandbox.WrongSignature)),
	advice("url_check_stale", "a URL check signed an hour ago", "an old check sent again by a stranger is not a check",
		"not the echostr, and no HTTP 5xx", checkForgedURL(sandbox.StaleTimestamp)),
}

func checkURL(ctx context.Context, s *session, _ Case) (Verdict, string) {
	echo, a, err := s.platform.Challenge(ctx, "")
	switch {
	case err != nil:
		return fail("%v", err)
	case a.Status != http.StatusOK:
		return fail("HTTP %d", a.Status)
	case string(a.Body) != echo:
		return fail("HTTP 200 and %s", s.seen.excerpt(a.Body))
	}
	return pass("HTTP 200 and the echostr")
}

func checkForgedURL(f sandbox.Fault) check {
	return func(ctx context.Context, s *session, _ Case) (Verdict, string) {
		echo, a, err := s.platform.Challenge(ctx, f)
		switch {
		case err != nil:
			return fail("%v", err)
		case a.Status >= 500:
			return fail("HTTP %d", a.Status)
		case bytes.Contains(a.Body, []byte(echo)):
			return fail("HTTP %d and the echostr", a.Status)
		}
		return pass("HTTP %d", a.Status)
	}
}
