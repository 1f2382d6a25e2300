package handler

import (
	"errors"
	"net/http"

	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/wechat"

	"github.com/gin-gonic/gin"
	"go.uber.org/zap"
)

// unread says how a body that cannot be read is refused.
var unread = []struct {
	err    error
	status int
	check  string
}{
	{bounded.ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{bounded.ErrCutOff, http.StatusBadRequest, "cut_off"},
	{errNoMemory, http.StatusServiceUnavailable, "no_room"},
}

// otherCheck is the check of a refusal for which there is no other name.
const otherCheck = "other"

// Checks lists the checks by which requests are refused, as the log and the metrics
// name them.
func Checks() []string {
	var names []string
	for _, c := range wechat.Checks() {
		names = append(names, c.String())
	}
	for _, u := range unread {
		names = append(names, u.check)
	}
	return append(names, otherCheck)
}

// refuse turns a request away with a bare status. Which check failed and why
// goes to the log only: seen from outside, all that is not believed looks alike.
func (p *Push) refuse(c *gin.Context, to *Account, err error) {
	status, check, why := http.StatusForbidden, otherCheck, err.Error()
	if refusal, ok := errors.AsType[*wechat.Refusal](err); ok {
		check, why = refusal.Check.String(), refusal.Detail
		if refusal.Check.Malformed() {
			status = http.StatusBadRequest
		}
		if refusal.Check == wechat.CheckWindow { // signed, so the skew is WeChat's
			p.Metrics.skew.Set(refusal.Skew.Seconds())
		}
	}
	for _, u := range unread {
		if errors.Is(err, u.err) {
			status, check = u.status, u.check
		}
	}
	p.Metrics.refusals.WithLabelValues(to.Name, check).Inc()
	// The check is part of the message because the log is sampled by message.
	p.sampled.Warn("refused: "+check, zap.String("account", to.Name), zap.Int("status", status), zap.String("why", why),
		zap.String("peer", c.RemoteIP()))
	c.Status(status)
}
