package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
)

// TestStrict: what could hide an error of the sender is refused.
func TestStrict(t *testing.T) {
	t.Parallel()
	const (
		rest = `"action_type":100001,"action_time":1795320000`
		scan = `{"waybill_id":"W1",` + rest
		ids  = `"biz_id":"M1","waybill_id":"W8","order_id":"O-8"`
	)
	status := func(member, value string) string { // a report with another value of a member
		members := map[string]string{"waybill_id": `"D1"`, "order_status": "102", "action_time": "1795320000", member: value}
		var body []string
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if members[name] != "" {
				body = append(body, fmt.Sprintf("%q:%s", name, members[name]))
			}
		}
		return "{" + strings.Join(body, ",") + "}"
	}
	for target, bodies := range map[string]map[string]int{
		"POST " + statusOf: {
			status("action_msg", `""`): 200, status("action_msg", `"`+strings.Repeat("x", 1024)+`"`): 200, status("action_time", "1"): 200,
			``: 415, `[]`: 400, `null`: 400, "[" + status("action_msg", "") + "]": 400, status("shop_id", `"S1"`): 400, status("idempotency_key", `"k"`): 400,
			status("Waybill_id", `"D1"`): 400, status("waybill_id", "1"): 400, status("waybill_id", "null"): 400, status("waybill_id", "\"D\xff\""): 400,
			status("order_status", `"102"`): 400, status("order_status", "102.0"): 400, status("action_time", `"1795320000"`): 400, status("action_time", "1.79532e9"): 400,
			status("action_time", "null"): 400, status("action_msg", "null"): 400, status("action_msg", `"\ud83d"`): 400, status("order_status", `102,"order_status":102`): 400,
			`{}`: 422, status("waybill_id", ""): 422, status("order_status", ""): 422, status("action_time", ""): 422, status("waybill_id", `" \t"`): 422,
			status("order_status", "0"): 422, status("order_status", "-102"): 422, status("order_status", "4294967398"): 422, // 102 in 32 bits
			status("order_status", "18446744073709551718"): 422, // and in 64
			status("action_time", "0"):                     422, status("action_time", "1795320000000"): 422, status("action_time", "99999999999999999999"): 422,
			status("agent", `{"name":"a\u0000b","phone":"1"}`): 200, status("agent", `{"phone_encrypted":true,"phone":"1","name":"`+strings.Repeat("单", 256)+`"}`): 200,
			status("agent", "null"): 400, status("agent", `"张三"`): 400, status("agent", "[]"): 400, status("agent", `{"name":7}`): 400, status("agent", `{"phone_encrypted":1}`): 400,
			status("agent", `{"Name":"a"}`): 400, status("agent", `{"name":"a","phone":"1","name":"b"}`): 400, status("agent", `{"name":"a","phone":"1","reach_time":1}`): 400,
			status("agent", `{}`): 422, status("agent", `{"name":"a"}`): 422, status("agent", `{"phone":"1"}`): 422, status("agent", `{"phone_encrypted":true}`): 422,
			status("agent", `{"name":" ","phone":"1"}`): 422, status("agent", `{"name":"a","phone":"`+strings.Repeat("1", 65)+`"}`): 422, status("agent", `{"name":"`+strings.Repeat("单", 257)+`","phone":"1"}`): 422,
			status("expected_delivery_time", "1795323600"): 200, status("expected_delivery_time", "253402300799"): 200, status("expected_delivery_time", `"1795323600"`): 400,
			status("expected_delivery_time", "null"): 400, status("expected_delivery_time", "1.5"): 400, status("expected_delivery_time", "0"): 422, status("expected_delivery_time", "1795323600000"): 422,
			status("action_msg", `"a\u0000b\u000b"`): 200, status("action_msg", `"`+strings.Repeat("运", 342)+`"`): 422, // 1026 bytes
		},
		"POST /v1/scans": {
			scan + `}`: 200, " \n{\"waybill_id\" : \"\\u00571\" ,\t" + rest + `} `: 200, scan + `,"biz_id":"M1"}`: 200,
			scan + `,"action_msg":"\ud83d\ude9a\\ud83d"}`: 200, // a lorry, and a text about one

			// Not JSON, or not all of it.
			``: 415, ` `: 400, `{`: 400, `[`: 400, `null`: 400, `7`: 400, `"W1"`: 400, `[[]]`: 400, `[7]`: 400, `[null]`: 400, scan + `,}`: 400,
			scan + `}{}`: 400, scan + `}]`: 400, "[" + scan + `}],`: 400, "\xef\xbb\xbf" + scan + `}`: 400,
			`{"waybill_id":"W` + "\xff" + `",` + rest + `}`: 400, `{"waybill_id":"W1` + "\n" + `",` + rest + `}`: 400, strings.Repeat("[", 100_000): 400,
			strings.Repeat(`{"biz_id":`, 20_000): 400,

			// Members.
			scan + `,"x":1}`: 400, `{"Waybill_id":"W1",` + rest + `}`: 400, scan + `,"waybill_id":"W1"}`: 400, scan + `,"\u0077aybill_id":"W2"}`: 400,
			scan + `,"":""}`: 400,

			// Types.
			`{"waybill_id":1,` + rest + `}`: 400, `{"waybill_id":null,` + rest + `}`: 400, `{"waybill_id":["W1"],` + rest + `}`: 400,
			`{"waybill_id":{},` + rest + `}`: 400, scan + `,"biz_id":null}`: 400, `{"waybill_id":"W1","action_type":"100001","action_time":1}`: 400,
			`{"waybill_id":"W1","action_type":100001.0,"action_time":1}`: 400, `{"waybill_id":"W1","action_type":1e5,"action_time":1}`: 400,
			`{"waybill_id":"W1","action_type":100001,"action_time":1E9}`: 400, `{"waybill_id":"W1","action_type":100001,"action_time":true}`: 400,
			`{"waybill_id":"W1","action_type":100001,"action_time":null}`: 400, scan + `,"action_msg":7}`: 400, scan + `,"idempotency_key":[]}`: 400,
			scan + `,"action_msg":"\ud83d"}`: 400, scan + `,"action_msg":"\ude9a\ud83d"}`: 400, scan + `,"action_msg":"\ud83d\ud83d\ude9a"}`: 400,
			scan + `,"action_msg":"\ud83dx"}`: 400, scan + `,"action_msg":"\ud83d\n"}`: 400,

			// Values.
			`{}`: 422, `{` + rest + `}`: 422, `{"waybill_id":"  ",` + rest + `}`: 422, `{"waybill_id":"W1","action_time":1}`: 422,
			`{"waybill_id":"W1","action_type":1}`: 422, `{"waybill_id":"W1","action_type":100001,"action_time":0}`: 422,
			`{"waybill_id":"W1","action_type":100001,"action_time":-1}`:                    422,
			`{"waybill_id":"W1","action_type":100001,"action_time":1795320000000}`:         422, // milliseconds
			`{"waybill_id":"W1","action_type":100001,"action_time":9223372036854775807}`:   422,
			`{"waybill_id":"W1","action_type":100001,"action_time":99999999999999999999}`:  422,
			`{"waybill_id":"W1","action_type":100001,"action_time":-99999999999999999999}`: 422,
			`{"waybill_id":"W1","action_type":18446744073709651617,"action_time":1}`:       422, // 100001 in 64 bits
			`{"waybill_id":"W1","action_type":4295067297,"action_time":1}`:                 422, // and in 32
			`{"waybill_id":"W1\u0000",` + rest + `}`:                                       422, scan + `,"biz_id":"` + strings.Repeat("x", 129) + `"}`: 422,
			scan + `,"idempotency_key":"` + strings.Repeat("x", 129) + `"}`: 422, scan + `,"action_msg":"` + strings.Repeat("x", 1025) + `"}`: 422, `[]`: 422,
		},
		"POST /v1/waybills": {
			`{` + ids + `}`: 201, `{` + ids + `,"shop_app_id":"","service":""}`: 201, `{` + ids + `,"booked_at":"2026-11-22T00:00:00+08:00"}`: 201,
			`{` + ids + `,"booked_at":"2026-11-22T04:10:06Z"}`: 201, `{` + ids + `,"booked_at":"1970-01-01T00:00:01Z"}`: 201,
			`[{` + ids + `}]`: 400, `{` + ids + `,"booked_at":null}`: 400, `{` + ids + `,"booked_at":1}`: 400, `{` + ids + `,"state":"signed"}`: 400,
			`{` + ids + `,"booked_at":""}`: 422, `{` + ids + `,"booked_at":"yesterday"}`: 422, `{` + ids + `,"booked_at":"2026-11-22"}`: 422,
			`{` + ids + `,"booked_at":"2026-11-22T00:00:00"}`: 422, `{` + ids + `,"booked_at":"2026-11-22T0:00:00Z"}`: 422,
			`{` + ids + `,"booked_at":"2026-11-22T00:00:00,5Z"}`: 422, `{` + ids + `,"booked_at":"0001-01-01T00:00:00Z"}`: 422,
			`{` + ids + `,"booked_at":"1970-01-01T00:00:00Z"}`: 422, `{` + ids + `,"booked_at":"2026-02-30T00:00:00Z"}`: 422,
			`{"biz_id":"M1","waybill_id":"W8"}`: 422, `{}`: 422, `{` + ids + `,"service":"\t\u0001"}`: 422,
		},
		"POST /v1/waybills/M1/W1/charge": {
			`{}`: 200, ``: 200, `{"charged_at":"2026-11-22T00:00:00Z"}`: 200, ` `: 400, `null`: 400, `[]`: 400, `{"at":"2026-11-22T00:00:00Z"}`: 400,
			`{"charged_at":"0001-01-01T00:00:00Z"}`: 422, `{"charged_at":"1969-12-31T23:59:59Z"}`: 422,
		},
		"PUT /v1/merchants/M7": {
			`{"no_password":true}`: 201, `{"password":"` + password + `","cancel_allowed":false,"quota":0,"services":[]}`: 201,
			`{"no_password":true,"quota":1000000000000}`: 201, `{"no_password":true,"quota":-0}`: 201, `{"password":"p","no_password":false}`: 201,
			`{}`: 422, `{"quota":0}`: 422, `{"password":""}`: 422, `{"password":"","no_password":true}`: 422, `{"password":"p","no_password":true}`: 422,
			`{"no_password":false}`: 422, `{"no_password":null}`: 400, `{"no_password":"true"}`: 400, `{"no_password":1}`: 400, `{"No_password":true}`: 400,
			`{"quota":"5"}`: 400, `{"quota":5.5}`: 400, `{"quota":true}`: 400, `{"password":null}`: 400, `{"password":7}`: 400, `{"cancel_allowed":null}`: 400,
			`{"cancel_allowed":"true"}`: 400, `{"cancel_allowed":1}`: 400, `{"services":"A"}`: 400, `{"services":[1]}`: 400, `{"services":[null]}`: 400,
			`{"services":[["A"]]}`: 400, `{"services":{}}`: 400, `{"biz_id":"M7"}`: 400, `{"has_password":true}`: 400, `{"quota":1,"quota":2}`: 400,
			`{"quota":-1}`: 422, `{"quota":1000000000001}`: 422, `{"quota":99999999999999999999}`: 422, `{"services":[""]}`: 422,
			`{"password":"` + strings.Repeat("x", 73) + `"}`: 422, `{"services":["` + strings.Repeat("x", 129) + `"]}`: 422,
			`{"services":["A"` + strings.Repeat(`,"A"`, 1000) + `]}`: 422,
		},
	} {
		method, path, _ := strings.Cut(target, " ")
		for body, status := range bodies {
			s := newServer(t)
			w := s.call(t, method, path, body)
			if status < 300 {
				isJSON(t, status, w)
				continue
			}
			p := isProblem(t, status, map[int]string{400: "malformed", 415: "unsupported_media_type", 422: "invalid"}[status], w)
			if errs, _ := p["errors"].([]any); len(errs) != map[int]int{422: 1}[status] || method == "POST" && len(s.store.calls) > 0 || t.Failed() {
				t.Fatalf("%s %.200s: %s", target, body, w.Body)
			}
		}
	}
}

// TestUnderstood: the store gets what was sent, cleaned.
func TestUnderstood(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(t, "POST", "/v1/scans", `{"idempotency_key":" k\u4eac ","action_msg":"a\n\u000bb","biz_id":"M1","action_time":1795320000,"action_type":300007,"waybill_id":" W1 "}`)
	scan := waybill.Scan{
		BizID: "M1", WaybillID: "W1", Action: 300007, At: time.Unix(1795320000, 0).UTC(), Message: "a b", Key: "k京", By: "dispatch",
	}
	if got := callsOf[waybill.Scan](s); len(got) != 1 || got[0] != scan {
		t.Error("the scan is another one")
	}
	s.call(t, "POST", "/v1/delivery/orders/%20S%2F1/O%2B1%20/status", `{"action_msg":" a\nb\u4eac ","action_time":1795320000,"order_status":305,"waybill_id":" D+1 ",
		"agent":{"phone_encrypted":true,"phone":" 1\n2 ","name":"\u4eac"},"expected_delivery_time":1795323600}`)
	report := delivery.StatusReport{
		ShopID: "S/1", OrderID: "O+1", WaybillID: "D+1", Status: delivery.ReturningRefused, At: time.Unix(1795320000, 0).UTC(), Message: "a b京", By: "dispatch",
		Agent: &delivery.Agent{Name: "京", Phone: "1 2", PhoneEncrypted: true}, ExpectedAt: time.Unix(1795323600, 0).UTC(),
	}
	if got := callsOf[delivery.StatusReport](s); len(got) != 1 || !reflect.DeepEqual(got[0], report) {
		t.Error("the report is another one")
	}
	s.call(t, "PUT", "/v1/merchants/M2", `{"password":"p","cancel_allowed":false,"quota":9007199254740993,"services":["B"," A"]}`)
	s.call(t, "PUT", "/v1/merchants/M2", `{"password":"p","cancel_allowed":false,"quota":12,"services":["B"," A"]}`)
	s.call(t, "PUT", "/v1/merchants/M2", `{"quota":null,"services":null}`)
	s.call(t, "PUT", "/v1/merchants/M2", `{"no_password":true}`)
	if got, want := callsOf[waybill.Contract](s), []waybill.Contract{
		{
			BizID: "M2", Password: waybill.To[waybill.Password]("p"), CancelAllowed: waybill.To(false), Quota: waybill.To(new(int64(12))),
			Services: waybill.To([]string{"A", "B"}),
		},
		{BizID: "M2", Quota: waybill.To[*int64](nil), Services: waybill.To[[]string](nil)},
		{BizID: "M2", NoPassword: waybill.To(true)},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestMediaTypes: a body must be plain JSON by its headers.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	eachBody(t, func(t *testing.T, c call) {
		for kind, good := range map[string]bool{
			"application/json": true, "Application/JSON": true, "application/json; charset=utf-8": true, "application/json;charset=UTF-8": true,
			"": false, "text/json": false, "application/json; charset=gbk": false, "application/problem+json": false, "text/plain": false,
			"application/x-www-form-urlencoded": false, "application/jsonx": false, "application/json; charset": false,
		} {
			s := newServer(t)
			req := c.request()
			req.Header.Set("Content-Type", kind)
			if w := s.do(t, req); good != (w.Code < 300) || !good && w.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%q: status %d", kind, w.Code)
			}
		}
		s := newServer(t)
		req := c.request()
		req.Header.Set("Content-Encoding", "gzip")
		isProblem(t, http.StatusUnsupportedMediaType, "unsupported_media_type", s.do(t, req))
	})
}

// TestBodyLimits: a body of the limit is read, one byte more is not.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	eachBody(t, func(t *testing.T, c call) {
		limit := 1 << 20
		if c.route == "/v1/scans" {
			limit = 4 << 20
		}
		for over, good := range map[int]bool{0: true, 1: false, 1000: false} {
			s := newServer(t)
			req := request(c.method, c.target, c.body+strings.Repeat(" ", limit+over-len(c.body)))
			if w := s.do(t, req); good != (w.Code < 300) {
				t.Errorf("%d over: status %d", over, w.Code)
			} else if !good {
				isProblem(t, http.StatusRequestEntityTooLarge, "too_large", w)
			}
		}
	})
}
