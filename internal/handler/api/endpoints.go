package api

import (
	"context"
	"regexp"
	"time"

	"carrierhook/internal/event"

	"go.uber.org/zap"
)

// EventCare is for those who see to it that events arrive. Its errors are event.ErrNoEndpoint,
// event.ErrNoEvent, event.ErrNotSent, event.ErrDone and event.ErrTokenErased.
type EventCare interface {
	Endpoints(context.Context) ([]event.EndpointStatus, error)
	Pause(ctx context.Context, endpoint, by string) error
	Resume(ctx context.Context, endpoint string) error
	Test(ctx context.Context, endpoint, by string) (event.TestResult, error)

	// Deliveries returns a page, newest first; more says that there are older ones.
	Deliveries(context.Context, event.DeliveryQuery) (page []event.Delivery, more bool, err error)
	// Replay has a part sent again; where next is not 0, there may be more after it.
	Replay(context.Context, event.Replay) (replayed int, next int64, err error)
	Skip(ctx context.Context, endpoint string, position int64) error
	SkipTo(ctx context.Context, endpoint string, position int64) (skipped int64, err error)
	Epoch() string // of positions
}

// endpointJSON is an endpoint. A time that has not come is left out.
type endpointJSON struct {
	Name          string `json:"name"`
	Leased        bool   `json:"leased"`
	PausedAt      moment `json:"paused_at,omitzero"`
	PausedBy      string `json:"paused_by,omitempty"`
	DisabledAt    moment `json:"disabled_at,omitzero"`
	FailingSince  moment `json:"failing_since,omitzero"`
	LastFailure   string `json:"last_failure,omitempty"`
	LastFailedAt  moment `json:"last_failed_at,omitzero"`
	Cursor        string `json:"cursor"`
	OldestSeconds int64  `json:"oldest_seconds"`
	Waiting       int64  `json:"waiting"`
	Retrying      int64  `json:"retrying"`
	Dead          int64  `json:"dead"`
}

type endpointsJSON struct {
	Endpoints []endpointJSON `json:"endpoints"`
}

func decodeNothing(*request) (struct{}, error) { return struct{}{}, nil }

// endpoints shows how all are.
func (a *API) endpoints(r *request, _ struct{}) (endpointsJSON, error) {
	all, err := a.Care.Endpoints(r.ctx)
	return endpointsJSON{each(all, func(e *event.EndpointStatus) endpointJSON {
		return endpointJSON{
			Name: e.Name, Leased: e.Leased, PausedAt: moment(e.PausedAt), PausedBy: e.PausedBy, DisabledAt: moment(e.DisabledAt),
			FailingSince: moment(e.FailingSince), LastFailure: e.LastFailure, LastFailedAt: moment(e.LastFailedAt), Cursor: a.cursor(e.Position),
			OldestSeconds: int64(e.Oldest / time.Second), Waiting: e.Waiting, Retrying: e.Retrying, Dead: e.Dead,
		}
	})}, err
}

func (a *API) cursor(position int64) string {
	return event.Cursor{Epoch: a.Care.Epoch(), Position: position}.String()
}

// endpointName is the rule of the configuration, and the names of WeChat's calls:
// wechat.ACCOUNT.CALL.
var endpointName = regexp.MustCompile(`^([a-z0-9][a-z0-9_-]{0,31}|wechat\.[a-z0-9][a-z0-9_-]{0,31}\.[A-Za-z]{1,32})$`)

const noEndpointName = "is not the name of an endpoint"

func decodeEndpoint(r *request) (string, error) {
	name := r.Param("name")
	if !endpointName.MatchString(name) {
		return "", invalidField("name", noEndpointName)
	}
	r.log(zap.String("endpoint", name))
	return name, nil
}

type endpointChangeJSON struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
}

func (a *API) pauseEndpoint(r *request, name string) (endpointChangeJSON, error) {
	return changedEndpoint(r, name, "paused", a.Care.Pause(r.ctx, name, r.by()))
}

func (a *API) resumeEndpoint(r *request, name string) (endpointChangeJSON, error) {
	return changedEndpoint(r, name, "resumed", a.Care.Resume(r.ctx, name))
}

func changedEndpoint(r *request, name, verdict string, err error) (endpointChangeJSON, error) {
	if err == nil {
		r.sets = []string{verdict}
		recorded(r, verdict, true)
	}
	return endpointChangeJSON{name, verdict}, err
}

type testJSON struct {
	ID        string `json:"id"`
	Delivered bool   `json:"delivered"`
	Failure   string `json:"failure,omitempty"`
	TookMS    int64  `json:"took_ms"`
}

// testEndpoint sends an event and waits for the answer.
func (a *API) testEndpoint(r *request, name string) (testJSON, error) {
	t, err := a.Care.Test(r.ctx, name, r.by())
	if err != nil {
		return testJSON{}, err
	}
	recorded(r, map[bool]string{true: "delivered", false: "failed"}[t.Delivered], false)
	return testJSON{t.ID.String(), t.Delivered, t.Failure, t.Took.Milliseconds()}, nil
}
