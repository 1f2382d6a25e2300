package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
)

// oddIDs are unusual ids.
var oddIDs = []string{
	"W-1", "a/b", "/", "//", "a//b", "50%", "%2F", "a b", "a+b", "a?b", "a#b", "a&b=c", "a;b", "运单 1", "a\\b", "..a", "a:b", "*x", "{x}", `"`, "é", "é", "🚚",
	strings.Repeat("/", 128), strings.Repeat("运", 42),
}

// TestOddIDs: an id is the same in a path, in a query, in a body, and in URLs of
// answers.
func TestOddIDs(t *testing.T) {
	t.Parallel()
	for i, bizID := range oddIDs {
		for _, id := range []string{bizID, oddIDs[(i+7)%len(oddIDs)]} {
			s := newServer(t)
			s.merchant(bizID)
			escaped := url.PathEscape(bizID) + "/" + url.PathEscape(id)
			w := s.call(t, "POST", "/v1/waybills", string(jsonText(t, map[string]string{"biz_id": bizID, "waybill_id": id, "order_id": "O" + id})))
			isJSON(t, http.StatusCreated, w)
			same := func(got map[string]any) {
				t.Helper()
				if got["biz_id"] != bizID || got["waybill_id"] != id || got["order_id"] != "O"+id {
					t.Fatalf("%q %q came back as %v", bizID, id, got)
				}
			}
			same(s.answers(t, 200, "GET", w.Header().Get("Location"), ""))
			same(s.answers(t, 200, "GET", "/v1/waybills/"+escaped, ""))
			same(s.answers(t, 200, "GET", "/v1/waybills/"+everyByte(bizID)+"/"+everyByte(id), ""))
			same(s.answers(t, 200, "POST", "/v1/waybills/"+escaped+"/charge", ""))
			found := s.answers(t, 200, "GET", "/v1/waybills?"+url.Values{"order_id": {"O" + id}, "biz_id": {bizID}}.Encode(), "")
			same(found["waybills"].([]any)[0].(map[string]any))
			if got := s.answers(t, 200, "PUT", "/v1/merchants/"+url.PathEscape(bizID), "{}"); got["biz_id"] != bizID {
				t.Fatalf("%q came back as %v", bizID, got)
			}
		}
	}
}

func jsonText(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return text
}

// everyByte is an id with every byte of it escaped, as it may be.
func everyByte(id string) string {
	var b strings.Builder
	for _, c := range []byte(id) {
		b.WriteByte('%')
		b.WriteByte("0123456789abcdef"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String()
}

// TestOddOrderIDs: the same for instant delivery.
func TestOddOrderIDs(t *testing.T) {
	t.Parallel()
	odd := append(slices.Clone(oddIDs), strings.Repeat("x", 128), "status", "a/status", "%", "%2", "%2f", "../x", "O1?status", "a\u00a0b")
	for i, order := range odd {
		for _, shop := range []string{order, odd[(i+7)%len(odd)]} {
			s := newServer(t)
			s.placed(shop, order, delivery.Waiting)
			for _, escape := range []func(string) string{url.PathEscape, everyByte} {
				path := "/v1/delivery/orders/" + escape(shop) + "/" + escape(order)
				written := s.answers(t, 200, "POST", path+"/status", statusText("D1", delivery.Assigned, 1795320000))
				read := s.answers(t, 200, "GET", path, "")
				if want := [2]any{shop, order}; [2]any{written["shop_id"], written["shop_order_id"]} != want || [2]any{read["shop_id"], read["shop_order_id"]} != want {
					t.Fatalf("%q %q came back as %v and %v", shop, order, written, read)
				}
			}
		}
	}
}

// TestOddReviewIDs: the same for reviews, and in the URL of the next page.
func TestOddReviewIDs(t *testing.T) {
	t.Parallel()
	for i, account := range oddIDs {
		s := newServer(t)
		bizID, shop := oddIDs[(i+3)%len(oddIDs)], oddIDs[(i+7)%len(oddIDs)]
		s.store.reviews = nil
		s.review(account, bizID, shop)
		s.review(account+"1", bizID, shop).RequestedAt = s.store.now
		same := func(got map[string]any, account string) {
			t.Helper()
			if want := [3]any{account, bizID, shop}; [3]any{got["account"], got["biz_id"], got["shop_app_id"]} != want {
				t.Fatalf("%q came back as %v", want, got)
			}
		}
		for _, escape := range []func(string) string{url.PathEscape, everyByte} {
			same(s.answers(t, 200, "PUT", "/v1/reviews/"+escape(account)+"/"+escape(bizID)+"/"+escape(shop), `{"passed":true}`), account)
		}
		first := s.answers(t, 200, "GET", "/v1/reviews?limit=1", "")
		same(first["reviews"].([]any)[0].(map[string]any), account)
		second := s.answers(t, 200, "GET", first["next"].(string), "")
		same(second["reviews"].([]any)[0].(map[string]any), account+"1")
	}
}

// TestBadIDs: an invalid id in a path is named, and the store is not called.
func TestBadIDs(t *testing.T) {
	t.Parallel()
	status := statusText("D1", delivery.Assigned, 1795320000)
	for id, good := range map[string]bool{
		"W%201": true, "%0AW1%0A": true, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, strings.Repeat("%E8%BF%90", 43): false,
		"%20": false, "%0A": false, "a%0Ab": false, "a%00b": false, "a%7Fb": false, "%FF": false, "%C3%28": false,
	} {
		for _, c := range []struct{ method, target, body, field string }{
			{"GET", "/v1/waybills/" + id + "/W1", "", "biz_id"}, {"GET", "/v1/waybills/M1/" + id, "", "waybill_id"},
			{"POST", "/v1/waybills/" + id + "/W1/charge", "", "biz_id"}, {"POST", "/v1/waybills/M1/" + id + "/charge", "", "waybill_id"},
			{"GET", "/v1/merchants/" + id, "", "biz_id"}, {"PUT", "/v1/merchants/" + id, `{"no_password":true}`, "biz_id"},
			{"PUT", "/v1/reviews/" + id + "/M1/wx1", `{"passed":true}`, "account"}, {"PUT", "/v1/reviews/gh_1/" + id + "/wx1", `{"passed":true}`, "biz_id"},
			{"PUT", "/v1/reviews/gh_1/M1/" + id, `{"passed":true}`, "shop_app_id"},
			{"GET", "/v1/delivery/orders/" + id + "/O1", "", "shop_id"}, {"GET", "/v1/delivery/orders/S1/" + id, "", "shop_order_id"},
			{"POST", "/v1/delivery/orders/" + id + "/O1/status", status, "shop_id"}, {"POST", "/v1/delivery/orders/S1/" + id + "/status", status, "shop_order_id"},
		} {
			s := newServer(t)
			w := s.do(t, request(c.method, c.target, c.body))
			if good {
				if w.Code == http.StatusUnprocessableEntity || len(s.store.calls) != 1 {
					t.Errorf("%s: status %d, calls %v", c.target, w.Code, s.store.calls)
				}
				continue
			}
			p := isProblem(t, http.StatusUnprocessableEntity, "invalid", w)
			if field := p["errors"].([]any)[0].(map[string]any)["field"]; field != c.field || len(s.store.calls) > 0 {
				t.Errorf("%s: the field is %v, calls %v", c.target, field, s.store.calls)
			}
		}
	}
}
