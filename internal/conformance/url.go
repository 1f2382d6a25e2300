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
	{
		Name: "url_check", Does: "a right URL check", Basis: Rule, Why: pagePush + ": answer exactly echostr, nothing around it",
		Expected: "HTTP 200 and the echostr", run: checkURL, once: true,
	},
	{
		Name: "url_check_forged", Does: "a URL check with a wrong signature", Basis: Rule, Why: pagePush + ": echo only what is signed",
		Expected: "not the echostr, and no HTTP 5xx", run: checkForgedURL(sandbox.WrongSignature), once: true,
	},
	{
		Name: "url_check_stale", Does: "a URL check signed an hour ago", Basis: Advice, Why: ours + ": an old check sent again by a stranger is not a check",
		Expected: "not the echostr, and no HTTP 5xx", run: checkForgedURL(sandbox.StaleTimestamp), once: true,
	},
}

func checkURL(ctx context.Context, s *session, _ Case) (Verdict, string) {
	echo, a, err := s.platform.Challenge(ctx, "")
	switch {
	case err != nil:
		return fail("%v", err)
	case a.Status != http.StatusOK:
		return fail("HTTP %d", a.Status)
	case string(a.Body) != echo:
		return fail("HTTP 200 and %s", excerpt(a.Body))
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
