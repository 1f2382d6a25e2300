package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carrierhook/internal/event"

	"go.uber.org/zap"
)

var deliveryParams = []string{"endpoint", "state", "kind", "parcel", "limit", "cursor"}

// maxParcel is more than the ids of one have.
const maxParcel = 700

func (a *API) decodeDeliveryQuery(r *request) (event.DeliveryQuery, error) {
	q := event.DeliveryQuery{
		Endpoint: r.query.Get("endpoint"),
		State:    event.DeliveryState(r.query.Get("state")),
		Kind:     event.Kind(r.query.Get("kind")),
		Parcel:   r.queryID("parcel", maxParcel),
		Limit:    r.queryInt("limit", 1, maxLimit, defaultLimit),
	}
	switch {
	case !endpointName.MatchString(q.Endpoint):
		r.fail(invalidField("endpoint", noEndpointName))
	case r.query.Has("state") && !slices.Contains(event.DeliveryStates(), q.State):
		r.fail(invalidField("state", fmt.Sprintf("is none of %v", event.DeliveryStates())))
	case r.query.Has("kind") && !slices.Contains(event.Kinds(), q.Kind):
		r.fail(invalidField("kind", "is not a kind of event; "+theKinds()))
	}
	if r.query.Has("cursor") {
		var err error
		if q.Before, err = a.position("cursor", r.query.Get("cursor")); err != nil {
			r.fail(err)
		}
	}
	return q, nil
}

// theKinds says which there are.
func theKinds() string {
	names := make([]string, 0, len(event.Kinds()))
	for _, k := range event.Kinds() {
		names = append(names, string(k))
	}
	return "there are " + strings.Join(names, ", ")
}

// position reads a cursor of the present epoch.
func (a *API) position(name, text string) (int64, error) {
	c, ok := event.ParseCursor(text)
	if !ok || c.Position == 0 {
		return 0, invalidField(name, "is not the cursor of an event")
	}
	if c.Epoch != a.Care.Epoch() {
		return 0, invalidField(name, "is of another epoch: the database was restored since, and its events have other cursors")
	}
	return c.Position, nil
}

// deliveryJSON is what became of an event at an endpoint.
type deliveryJSON struct {
	Cursor   string              `json:"cursor"`
	ID       string              `json:"id"`
	Kind     event.Kind          `json:"kind"`
	Time     moment              `json:"time"`
	Parcel   string              `json:"parcel"`
	State    event.DeliveryState `json:"state"`
	Attempts int                 `json:"attempts,omitempty"` // that failed
	NextAt   moment              `json:"next_at,omitzero"`
	DiedAt   moment              `json:"died_at,omitzero"`
	Failure  string              `json:"last_failure,omitempty"`
}

type deliveriesJSON struct {
	Deliveries []deliveryJSON `json:"deliveries"`
	Next       string         `json:"next,omitempty"`
}

// deliveries pages through the events of an endpoint, newest first.
func (a *API) deliveries(r *request, q event.DeliveryQuery) (deliveriesJSON, error) {
	page, more, err := a.Care.Deliveries(r.ctx, q)
	shown := deliveriesJSON{Deliveries: each(page, func(d *event.Delivery) deliveryJSON {
		return deliveryJSON{
			Cursor: a.cursor(d.Position), ID: d.ID.String(), Kind: d.Kind, Time: moment(d.At), Parcel: d.Parcel, State: d.State,
			Attempts: d.Attempts, NextAt: moment(d.NextAt), DiedAt: moment(d.DiedAt), Failure: d.Failure,
		}
	})}
	if more {
		query := url.Values{"cursor": {shown.Deliveries[len(page)-1].Cursor}, "limit": {strconv.Itoa(q.Limit)}}
		for _, name := range []string{"endpoint", "state", "kind", "parcel"} {
			if r.query.Has(name) {
				query.Set(name, r.query.Get(name))
			}
		}
		shown.Next = "/v1/events/deliveries?" + query.Encode()
	}
	return shown, err
}

// replayRequest is one event, all that are dead, or those of a time.
type replayRequest struct {
	endpoint, cursor, after string
	dead                    bool
	from, to                time.Time
}

func (a *API) decodeReplay(r *request) (event.Replay, error) {
	var in replayRequest
	var out event.Replay
	_, err := readObject(r, false, &in, func(in replayRequest) (_ replayRequest, err error) {
		out, err = a.checkReplay(in)
		return in, err
	}, member{"endpoint", &in.endpoint}, member{"cursor", &in.cursor}, member{"dead", &in.dead}, member{"from", &in.from}, member{"to", &in.to}, member{"after", &in.after})
	return out, err
}

func (a *API) checkReplay(in replayRequest) (event.Replay, error) {
	out := event.Replay{Endpoint: in.endpoint, Dead: in.dead, From: in.from, To: in.to}
	if !endpointName.MatchString(in.endpoint) {
		return out, invalidField("endpoint", noEndpointName)
	}
	ways := 0
	for _, given := range []bool{in.cursor != "", in.dead, !in.from.IsZero()} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return out, invalidField("cursor", "or dead or from is needed, and one of them only")
	case !in.to.IsZero() && !in.from.Before(in.to):
		return out, invalidField("to", "is not after from")
	}
	var err error
	if in.cursor != "" {
		if out.Position, err = a.position("cursor", in.cursor); err != nil {
			return out, err
		}
	}
	if in.after != "" {
		out.After, err = a.position("after", in.after)
	}
	return out, err
}

type replayedJSON struct {
	Replayed int    `json:"replayed"`
	After    string `json:"after,omitempty"`
}

// replay has events sent again.
func (a *API) replay(r *request, q event.Replay) (replayedJSON, error) {
	n, next, err := a.Care.Replay(r.ctx, q)
	if err != nil {
		return replayedJSON{}, err
	}
	r.sets = []string{"replayed"}
	recorded(r, "replayed", n > 0)
	r.log(zap.String("endpoint", q.Endpoint), zap.Int("events", n))
	shown := replayedJSON{Replayed: n}
	if next > 0 {
		shown.After = a.cursor(next)
	}
	return shown, nil
}

type skip struct {
	endpoint, cursor, upTo string
	position               int64
}

func (a *API) decodeSkip(r *request) (skip, error) {
	var in skip
	return readObject(r, false, &in, func(in skip) (_ skip, err error) {
		switch {
		case !endpointName.MatchString(in.endpoint):
			err = invalidField("endpoint", noEndpointName)
		case (in.cursor == "") == (in.upTo == ""):
			err = invalidField("cursor", "or up_to is needed, and one of them only")
		case in.cursor != "":
			in.position, err = a.position("cursor", in.cursor)
		default:
			in.position, err = a.position("up_to", in.upTo)
		}
		return in, err
	}, member{"endpoint", &in.endpoint}, member{"cursor", &in.cursor}, member{"up_to", &in.upTo})
}

// skip takes away what an endpoint is not to be sent.
func (a *API) skip(r *request, s skip) (endpointChangeJSON, error) {
	r.log(zap.String("endpoint", s.endpoint), zap.Int64("position", s.position))
	n, err := int64(1), error(nil)
	if s.upTo != "" {
		n, err = a.Care.SkipTo(r.ctx, s.endpoint, s.position)
	} else {
		err = a.Care.Skip(r.ctx, s.endpoint, s.position)
	}
	r.log(zap.Int64("events", n))
	return changedEndpoint(r, s.endpoint, "skipped", err)
}
