package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
)

// The tokens of the tests, which no output may have.
const (
	dispatchToken = "dispatchtokenthatmustnotshow"
	supportToken  = "supporttokenthatmustnotshow"
)

// withTokens lets dispatch report and change, and support read all.
func withTokens(tb testing.TB, cfg config.Config) config.Config {
	tb.Helper()
	for _, t := range [][3]string{{"dispatch", "scans+waybills+merchants", dispatchToken}, {"support", "read+personal", supportToken}} {
		token, err := config.NewToken(t[0], t[1], t[2])
		must(tb, err)
		cfg.API.Tokens = append(slices.Clone(cfg.API.Tokens), token)
	}
	return cfg
}

// carrier is one of the carrier's own systems: it calls a server's internal API.
type carrier struct {
	tb    testing.TB
	p     *program
	token string // none: where the server wants none
}

// apiReply is what the tests look at of an answer.
type apiReply struct {
	Type, Verdict, State, Detail string
	Status                       int
	BizID                        string    `json:"biz_id"`
	WaybillID                    string    `json:"waybill_id"`
	OrderID                      string    `json:"order_id"`
	FromQuota                    bool      `json:"from_quota"`
	CollectedAt                  time.Time `json:"collected_at"`
	SignedAt                     time.Time `json:"signed_at"`
	CancelledAt                  time.Time `json:"cancelled_at"`
	CancelledBy                  string    `json:"cancelled_by_push"`
	ChargedAt                    time.Time `json:"charged_at"`

	Scans []struct {
		ActionType int   `json:"action_type"`
		ActionTime int64 `json:"action_time"`
		Action     string
		Message    string `json:"action_msg"`
		Key        string `json:"idempotency_key"`
		By         string `json:"recorded_by"`
	}
	Pushes []struct {
		Event, Format, Mode, Reason, Words, Push string
		WaybillID                                string `json:"waybill_id"`
		ResultCode                               *int   `json:"result_code"`
		Repeat                                   bool
	}
	Results  []apiReply
	Services *[]string

	ShopID      string    `json:"shop_id"`
	ShopOrderID string    `json:"shop_order_id"`
	ShopNo      string    `json:"shop_no"`
	OrderStatus int       `json:"order_status"`
	StatusAt    time.Time `json:"status_at"`
	Erased      bool
	Attempts    []attempted
}

// attempted is one attempt at an order of instant delivery.
type attempted struct {
	Attempt      int
	WaybillID    string    `json:"waybill_id"`
	PlacedAt     time.Time `json:"placed_at"`
	ExpiresAt    time.Time `json:"expires_at"`
	Expired      bool
	OrderStatus  int    `json:"order_status"`
	Message      string `json:"action_msg"`
	Fee          int64  `json:"fee_fen"`
	DeliverFee   int64  `json:"deliverfee_fen"`
	CouponFee    int64  `json:"couponfee_fen"`
	InsuranceFee int64  `json:"insurancefee_fen"`
	Tips         int64  `json:"tips_fen"`
	Distance     int64
	DeductFee    *int64 `json:"deduct_fee_fen"`
	Steps        []struct {
		OrderStatus int    `json:"order_status"`
		ActionTime  int64  `json:"action_time"`
		Message     string `json:"action_msg"`
		By          string `json:"recorded_by"`
	}
}

// statuses are what an attempt went through.
func (a attempted) statuses() (list []int) {
	for _, s := range a.Steps {
		list = append(list, s.OrderStatus)
	}
	return list
}

// call calls, and wants the status, and that a body is JSON of the right kind.
func (c carrier) call(status int, method, path, body string) apiReply {
	c.tb.Helper()
	header := http.Header{}
	if c.token != "" {
		header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	got, text, answered := fetch(c.tb, method, "http://"+c.p.internal.String()+path, body, header)
	var t apiReply
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		c.tb.Fatalf("%s %s: %d %v\n%s", method, path, got, err, text)
	}
	kind := "application/json"
	if got >= 400 {
		kind = "application/problem+json"
	}
	if got != status || !strings.HasPrefix(answered.Get("Content-Type"), kind) {
		c.tb.Errorf("%s %s: %d %s, want %d\n%s", method, path, got, answered.Get("Content-Type"), status, text)
	}
	noSecrets(c.tb, text)
	return t
}

// scan reports that something happened, and wants the status.
func (c carrier) scan(status int, waybillID string, action int, at time.Time, more string) apiReply {
	c.tb.Helper()
	return c.call(status, http.MethodPost, "/v1/scans",
		fmt.Sprintf(`{"waybill_id":%q,"action_type":%d,"action_time":%d%s}`, waybillID, action, at.Unix(), more))
}

// reports says how far an attempt has come, and wants the status.
func (c carrier) reports(status int, orderID, waybillID string, to int, at time.Time) apiReply {
	c.tb.Helper()
	return c.call(status, http.MethodPost, "/v1/delivery/orders/"+demo.ShopID+"/"+orderID+"/status",
		fmt.Sprintf(`{"waybill_id":%q,"order_status":%d,"action_time":%d}`, waybillID, to, at.Unix()))
}

// delivery reads all that is on record of an order of the sample shop.
func (c carrier) delivery(orderID string) apiReply {
	c.tb.Helper()
	return c.call(http.StatusOK, http.MethodGet, "/v1/delivery/orders/"+demo.ShopID+"/"+orderID, "")
}

// history reads all that is on record of a waybill of the sample merchant.
func (c carrier) history(waybillID string) apiReply {
	c.tb.Helper()
	return c.call(http.StatusOK, http.MethodGet, "/v1/waybills/"+demo.BizID+"/"+waybillID, "")
}
