package webhook

import (
	"net/http"
	"strconv"
	"time"

	"carrierhook/internal/egress"
	"carrierhook/internal/outbox"
)

// maxRetryAfter is how long an endpoint can keep us away.
const maxRetryAfter = time.Hour

func answered(status int, retryAfter string, now time.Time) outbox.Result {
	if status >= 200 && status < 300 {
		return outbox.Result{OK: true, Kind: outbox.KindDelivered}
	}
	r := outbox.Result{Kind: "status_" + strconv.Itoa(status/100) + "xx", Failure: "status " + strconv.Itoa(status)}
	if status >= 300 && status < 400 {
		r.Failure += ": redirects are not followed"
	}
	r.Gone = status == http.StatusGone
	r.RetryAfter = parseRetryAfter(retryAfter, now)
	r.Slow = status == http.StatusTooManyRequests || status == http.StatusBadGateway || status == http.StatusGatewayTimeout || r.RetryAfter > 0
	r.Refused = refusal(status) && r.RetryAfter == 0
	return r
}

// refusal tells whether a status is about what was sent. The others of 4xx are about when,
// or about the endpoint as a whole.
func refusal(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusGone, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

func parseRetryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// failed says of what kind an error is, and nothing of the URL.
func failed(err error) outbox.Result {
	kind, failure := egress.Describe(err)
	return outbox.Result{Kind: kind, Failure: failure}
}
