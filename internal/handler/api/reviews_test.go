package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/waybill"
)

// behindAll is a cursor behind all reviews of the tests.
const behindAll = "AgAGaLp7LMNAegB6AHo"

// TestReviewQuery: each parameter reaches the store, and a bad one is named and does not.
func TestReviewQuery(t *testing.T) {
	t.Parallel()
	cursor := &waybill.ReviewCursor{RequestedAt: time.UnixMicro(1804000000000832).UTC(), ReviewKey: waybill.ReviewKey{Account: "z", BizID: "z", ShopAppID: "z"}}
	for query, want := range map[string]waybill.ReviewQuery{
		"": {Limit: 100}, "?state=pending": {State: "pending", Limit: 100}, "?state=passed": {State: "passed", Limit: 100}, "?state=failed&limit=1000": {State: "failed", Limit: 1000},
		"?limit=1&cursor=" + behindAll: {Limit: 1, After: cursor},
	} {
		s := newServer(t)
		s.answers(t, http.StatusOK, "GET", "/v1/reviews"+query, "")
		got := callsOf[waybill.ReviewQuery](s)[0]
		if (got.After == nil) != (want.After == nil) || got.After != nil && *got.After != *want.After {
			t.Errorf("%q: after %v", query, got.After)
		}
		if got.After, want.After = nil, nil; got != want {
			t.Errorf("%q: %+v, want %+v", query, got, want)
		}
	}
	for query, field := range map[string]string{
		"state=": "state", "state=new": "state", "state=Pending": "state", "state=passed&state=passed": "state", "limit=0": "limit", "limit=1001": "limit", "biz_id=M1": "query",
		"cursor=": "cursor", "cursor=x": "cursor", "cursor=" + behindAll[1:]: "cursor", "cursor=" + behindAll + "A": "cursor", "cursor=Aw" + behindAll[2:]: "cursor",
		"cursor=AgAGaLp7LMNAegAAeg": "cursor", "cursor=AQAGYNqF4JADAAAAAAAAAAU": "cursor", "cursor=" + behindAll[:len(behindAll)-1] + "p": "cursor",
	} {
		s := newServer(t)
		p := isProblem(t, http.StatusUnprocessableEntity, "invalid", s.call(t, "GET", "/v1/reviews?"+query, ""))
		if got := p["errors"].([]any)[0].(map[string]any)["field"]; got != field || len(callsOf[waybill.ReviewQuery](s)) > 0 {
			t.Errorf("%s: the field is %v", query, got)
		}
	}
}

// TestReviewPaging: the pages have every review of a state, those that wait longest first,
// though many wait since the same time; one that is pending again comes last.
func TestReviewPaging(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.store.reviews = nil
	at := time.Date(2026, 11, 22, 4, 0, 0, 123_456_000, time.UTC)
	for i := range 60 {
		r := s.review("gh_1", fmt.Sprintf("M&%02d", i*7%60), "wx1")
		if r.RequestedAt = at.Add(time.Duration(i/20) * time.Microsecond); i%3 == 0 {
			r.State = waybill.ReviewPassed
		}
	}
	var seen []string
	for next, pages := "/v1/reviews?limit=7&state=pending", 0; next != ""; pages++ {
		got := s.answers(t, http.StatusOK, "GET", next, "")
		for _, r := range got["reviews"].([]any) {
			r := r.(map[string]any)
			seen = append(seen, fmt.Sprint(r["requested_at"], r["biz_id"]))
		}
		if next, _ = got["next"].(string); pages == 2 {
			again := &s.store.reviews[1] // which was on the first page
			again.RequestedAt = at.Add(time.Hour)
		}
	}
	if len(seen) != 41 || !slices.IsSorted(seen) || !strings.HasPrefix(seen[40], "2026-11-22T05") {
		t.Errorf("%d reviews: %v", len(seen), seen)
	}
}

// TestReviewMessage: only a token with the scope personal reads why a review failed, and no
// other one is needed to decide.
func TestReviewMessage(t *testing.T) {
	t.Parallel()
	const merchants = "bWVyY2hhbnRzIG9ubHksIGJ5IHRoZSByZXZpZXdlcnM"
	s := newServer(t, func(o *options) { o.Tokens = append(o.Tokens, token(t, "reviewers:merchants", merchants)) })
	body := `{"passed":false,"message":"` + message + `"}`
	if got := isJSON(t, 200, s.do(t, requestAs(merchants, "PUT", "/v1/reviews/gh_1/M1/wx1", body))); got["message"] != nil || got["decided_by"] != "reviewers" {
		t.Errorf("a token without personal decides: %v", got)
	}
	for secret, want := range map[string]any{reader: nil, anything: message} {
		got := isJSON(t, 200, s.do(t, requestAs(secret, "GET", "/v1/reviews", "")))
		if m := got["reviews"].([]any)[0].(map[string]any)["message"]; m != want {
			t.Errorf("the message is %v", m)
		}
	}
}

// FuzzReview: every answer is documented, and what reaches the store is what encoding/json
// reads in the body, about the review that the path names.
func FuzzReview(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"passed":true}`, "M1"}, {`{"passed":false,"message":"no"}`, "M/1"}, {`{"passed":true,"passed":false}`, ""}, {`{"passed":null}`, "\xff"}, {`{"Passed":true}`, " x"}, {`{"message":"\ud83d\ude9a"}`, "%2F"}, {`[]`, ".."}, {"\xff", "x"},
	} {
		f.Add([]byte(seed[0]), seed[1])
	}
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		if id == "" {
			return // another path
		}
		s := makeServer(t)
		w := s.call(t, "PUT", "/v1/reviews/gh_1/"+everyByte(id)+"/wx1", string(body))
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", w.Code, s.written)
		}
		for _, got := range callsOf[waybill.ReviewResult](s) {
			sameReview(t, body, id, got)
		}
	})
}

// sameReview fails the test unless a result is what the body says.
func sameReview(t *testing.T, body []byte, id string, got waybill.ReviewResult) {
	t.Helper()
	var sent struct {
		Passed  *bool  `json:"passed"`
		Message string `json:"message"`
	}
	must(t, json.Unmarshal(body, &sent))
	want := waybill.ReviewResult{
		ReviewKey: waybill.ReviewKey{Account: "gh_1", BizID: strings.TrimSpace(id), ShopAppID: "wx1"}, Message: strings.TrimSpace(sent.Message), By: "dispatch",
	}
	if sent.Passed != nil {
		want.Passed = *sent.Passed
	}
	if got != want || sent.Passed == nil || got.Passed == (got.Message != "") || len(got.Message) > 1024 {
		t.Fatalf("%q of %q reached the store as another result", body, id)
	}
}

// FuzzReviewCursor: only what is written is read.
func FuzzReviewCursor(f *testing.F) {
	f.Add(behindAll)
	f.Add("AgAGaLp7LMNAegAAeg")
	f.Fuzz(func(t *testing.T, cursor string) {
		s := makeServer(t)
		s.store.reviews = nil
		w := s.call(t, "GET", "/v1/reviews?"+url.Values{"cursor": {cursor}}.Encode(), "")
		if w.Code != http.StatusOK {
			return
		}
		after := callsOf[waybill.ReviewQuery](s)[0].After
		if after.RequestedAt.Year() == 9999 {
			return // there is nothing behind it
		}
		r := s.review(after.Account, after.BizID, after.ShopAppID)
		r.RequestedAt = after.RequestedAt
		s.review("z", "z", "z").RequestedAt = after.RequestedAt.Add(time.Hour)
		next := s.answers(t, http.StatusOK, "GET", "/v1/reviews?limit=1", "")["next"].(string)
		if !strings.Contains(next, "cursor="+cursor+"&") {
			t.Errorf("%q is not what the same position is written as: %s", cursor, next)
		}
	})
}
