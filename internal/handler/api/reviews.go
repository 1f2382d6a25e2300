package api

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/waybill"
)

// reviewParams are the parameters of a query for reviews.
var reviewParams = []string{"state", "limit", "cursor"}

func decodeReviewQuery(r *request) (waybill.ReviewQuery, error) {
	q := waybill.ReviewQuery{
		State: waybill.ReviewState(r.query.Get("state")),
		Limit: r.queryInt("limit", 1, maxLimit, defaultLimit),
	}
	if r.query.Has("state") && !slices.Contains(waybill.ReviewStates(), q.State) {
		r.fail(invalidField("state", fmt.Sprintf("is none of %v", waybill.ReviewStates())))
	}
	if r.query.Has("cursor") {
		c, ok := readReviewCursor(r.query.Get("cursor"))
		if !ok {
			r.fail(invalidField("cursor", "is not from next"))
		}
		q.After = &c
	}
	return q, nil
}

// reviewJSON is the review of a merchant.
type reviewJSON struct {
	Account     string              `json:"account"`
	BizID       string              `json:"biz_id"`
	ShopAppID   string              `json:"shop_app_id"`
	State       waybill.ReviewState `json:"state"`
	RequestedAt moment              `json:"requested_at"`
	DecidedAt   moment              `json:"decided_at,omitzero"`
	DecidedBy   string              `json:"decided_by,omitempty"`
	Message     *string             `json:"message,omitempty"`
}

// showReview shows a review. Only a token with the scope personal sees its message, in which
// somebody may be named.
func (r *request) showReview(v *waybill.Review) reviewJSON {
	return reviewJSON{
		Account: v.Account, BizID: v.BizID, ShopAppID: v.ShopAppID, State: v.State, RequestedAt: moment(v.RequestedAt), DecidedAt: moment(v.DecidedAt),
		DecidedBy: v.DecidedBy, Message: shownIf(v.State == waybill.ReviewFailed && r.caller.Scopes.has(Personal), v.Message),
	}
}

// reviewsJSON is a page of reviews, and the URL of the next.
type reviewsJSON struct {
	Reviews []reviewJSON `json:"reviews"`
	Next    string       `json:"next,omitempty"`
}

// reviews pages through the reviews, those first that became pending first.
func (a *API) reviews(r *request, q waybill.ReviewQuery) (reviewsJSON, error) {
	page, more, err := a.Express.Reviews(r.ctx, q)
	shown := reviewsJSON{Reviews: each(page, r.showReview)}
	if more {
		last := page[len(page)-1]
		query := url.Values{"cursor": {writeReviewCursor(waybill.ReviewCursor{RequestedAt: last.RequestedAt, ReviewKey: last.ReviewKey})}, "limit": {strconv.Itoa(q.Limit)}}
		if q.State != "" {
			query.Set("state", string(q.State))
		}
		shown.Next = "/v1/reviews?" + query.Encode()
	}
	return shown, err
}

// A cursor among reviews is a version of its own, the time in microseconds since 1970, and
// the ids, which have no control characters.
const reviewCursorVersion = 2

func writeReviewCursor(c waybill.ReviewCursor) string {
	b := binary.BigEndian.AppendUint64([]byte{reviewCursorVersion}, uint64(c.RequestedAt.UnixMicro()))
	b = append(b, strings.Join([]string{c.BizID, c.ShopAppID, c.Account}, "\x00")...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// readReviewCursor accepts only what writeReviewCursor writes of what a review may have.
func readReviewCursor(s string) (c waybill.ReviewCursor, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 9 {
		return c, false
	}
	at := int64(binary.BigEndian.Uint64(b[1:]))
	ids := strings.Split(string(b[9:]), "\x00")
	if len(ids) != 3 || at <= 0 || at > lastMicrosecond {
		return c, false
	}
	c.RequestedAt, c.BizID, c.ShopAppID, c.Account = time.UnixMicro(at).UTC(), ids[0], ids[1], ids[2]
	for _, id := range ids {
		if clean, err := input.CleanID(id, waybill.MaxID); err != nil || clean != id {
			return c, false
		}
	}
	return c, writeReviewCursor(c) == s
}

// putReviewRequest is a result before it is known whether it says whether it is one.
type putReviewRequest struct {
	result waybill.ReviewResult
	passed waybill.Setting[bool]
}

func decodeReview(r *request) (waybill.ReviewResult, error) {
	in := putReviewRequest{result: waybill.ReviewResult{By: r.by(), ReviewKey: waybill.ReviewKey{
		Account: r.pathID("account", waybill.MaxID), BizID: r.pathID("biz_id", waybill.MaxID), ShopAppID: r.pathID("shop_app_id", waybill.MaxID),
	}}}
	in, err := readObject(r, false, &in, func(in putReviewRequest) (_ putReviewRequest, err error) {
		in.result, err = waybill.NewReviewResult(in.result, in.passed)
		return in, err
	}, member{"passed", &in.passed}, member{"message", &in.result.Message})
	return in.result, err
}

// decidedReviewJSON is the answer to a decision.
type decidedReviewJSON struct {
	Verdict waybill.Verdict `json:"verdict"`
	reviewJSON
}

// putReview decides whether a merchant may bind its account.
func (a *API) putReview(r *request, result waybill.ReviewResult) (shown decidedReviewJSON, err error) {
	r.sets = []string{"passed", "message"}
	d, err := a.Express.DecideReview(r.ctx, result)
	if err != nil {
		return shown, err
	}
	recorded(r, d.Verdict, d.Changes())
	return decidedReviewJSON{d.Verdict, r.showReview(&d.Review)}, nil
}
