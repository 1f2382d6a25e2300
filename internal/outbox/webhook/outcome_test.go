package webhook

import (
	"net/http"
	"testing"
	"time"
)

// Which answers are about the event, and not about the endpoint.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{
		400: true, 401: true, 404: true, 409: true, 422: true, 499: true,
		101: false, 204: false, 307: false, 408: false, 410: false, 425: false, 429: false, 500: false, 503: false,
	} {
		if got := answered(status, "", time.Now()).Refused; got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
	if answered(http.StatusForbidden, "60", time.Now()).Refused {
		t.Error("an endpoint that says when it wants the event does not refuse it")
	}
}
