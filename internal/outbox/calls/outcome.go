package calls

import (
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/outbox"
	"carrierhook/internal/wechat/client"
)

const (
	minuteWait = time.Minute

	// setupWait is from one try to the next while an operator has to change something.
	setupWait = 5 * time.Minute
)

// outcome says what the error of a call that began then means for its event.
func (s *Sender) outcome(err error, parcel string, began time.Time) outbox.Result {
	class := client.ClassOf(err)
	r := outbox.Result{Kind: string(class)}
	if err != nil {
		r.Failure = err.Error()
	}
	switch class {
	case "":
		s.refusals.end()
		return outbox.Result{OK: true, Kind: outbox.KindDelivered}
	case client.Daily:
		e, ok := errors.AsType[*client.Error](err)
		if ok && e.Path != s.limits.path { // the access token's
			r.Postponed, r.RetryAfter, r.Failure = true, quotaEvery, lasting(err)
			return r
		}
		now := time.Now()
		s.limits.exhaust(now, e.Number())
		return s.usedUp(now)
	case client.Minute:
		r.Postponed, r.RetryAfter, r.Failure = true, minuteWait, lasting(err)
	case client.Setup:
		r.Postponed, r.Elsewhere, r.RetryAfter, r.Failure = true, true, setupWait, lasting(err)
	case client.Permanent:
		if r.Dead = !s.refusals.add(parcel, began, time.Now()); !r.Dead {
			r.Kind, r.Postponed, r.RetryAfter = string(client.Setup), true, setupWait
			r.Failure = fmt.Sprintf("%d parcels in a row were refused and none was taken: check the account, its app_id and api_url; the last one: %s", maxRefusals+1, lasting(err))
		}
	case client.Unknown:
		r.Refused = true
	}
	return r
}

// usedUp is of a call that is not made, or was not, because the day's are used up. It is tried
// again when the quota is read again, or the day is over.
func (s *Sender) usedUp(now time.Time) outbox.Result {
	failure := s.limits.path + ": "
	if code := s.limits.usedUpBy(); code != "" {
		failure += code + ": "
	}
	return outbox.Result{
		Postponed: true, Kind: string(client.Daily), RetryAfter: s.limits.untilNext(now),
		Failure: failure + "the day's calls are used up: they begin anew at 00:00 Beijing time, or by clear-quota",
	}
}

// lasting is the text of an error that stays the same while its cause does: without the id
// of the request.
func lasting(err error) string {
	if e, ok := errors.AsType[*client.Error](err); ok {
		same := *e
		same.RID = ""
		return same.Error()
	}
	return err.Error()
}
