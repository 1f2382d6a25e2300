package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"carrierhook/internal/redacted"
)

// The paths of WeChat that people call by commands.
const (
	pathContact    = "/cgi-bin/express/delivery/contact/get"
	pathPreview    = "/cgi-bin/express/delivery/template/preview"
	pathQuota      = "/cgi-bin/openapi/quota/get"
	pathClearQuota = "/cgi-bin/clear_quota"
)

// Paths are those of all calls that count against a quota, for Quota.
func Paths() []string {
	return []string{pathUpdatePath, pathUpdateOrder, pathUpdateBusiness, pathContact, pathPreview}
}

// Contacts are whom a parcel is from and to.
type Contacts struct {
	redacted.Struct
	WaybillID        string
	Sender, Receiver Contact
}

// Contact is one of them. Address is the whole of it: province, city, area, street.
type Contact struct {
	redacted.Struct
	Address, Name, Tel, Mobile string
}

// GetContact reads whom a parcel is from and to. token is that of its booking.
func (c *Client) GetContact(ctx context.Context, token redacted.String, waybillID string) (got Contacts, err error) {
	err = c.call(ctx, request{path: pathContact, body: body(struct {
		Token     string `json:"token"`
		WaybillID string `json:"waybill_id"`
	}{token.Value(), waybillID})}, func(answer []byte) error {
		got, err = readContacts(answer)
		return err
	})
	return got, err
}

type contactAnswer struct {
	Address text `json:"address"`
	Name    text `json:"name"`
	Tel     text `json:"tel"`
	Mobile  text `json:"mobile"`
}

func (a *contactAnswer) contact() Contact {
	return Contact{Address: string(a.Address), Name: string(a.Name), Tel: string(a.Tel), Mobile: string(a.Mobile)}
}

// readContacts reads an answer whose sample has no errcode.
func readContacts(answer []byte) (Contacts, error) {
	var a struct {
		WaybillID text           `json:"waybill_id"`
		Sender    *contactAnswer `json:"sender"`
		Receiver  *contactAnswer `json:"receiver"`
	}
	if err := read(pathContact, answer, withoutCode, &a); err != nil {
		return Contacts{}, err
	}
	if a.Sender == nil || a.Receiver == nil {
		return Contacts{}, unreadable(pathContact, "it has no sender or no receiver")
	}
	return Contacts{WaybillID: string(a.WaybillID), Sender: a.Sender.contact(), Receiver: a.Receiver.contact()}, nil
}

// Preview is a label to be rendered.
type Preview struct {
	redacted.Struct
	WaybillID string
	Template  string          // HTML
	Data      string          // WaybillData, as bookings are answered
	Custom    json.RawMessage // the order, as a merchant sends it to addOrder
}

var errCustom = errors.New("the order (custom) is not a JSON object")

// PreviewTemplate renders a label. The result is HTML.
func (c *Client) PreviewTemplate(ctx context.Context, p Preview) (page string, err error) {
	if order := map[string]any(nil); json.Unmarshal(p.Custom, &order) != nil || order == nil {
		return "", errCustom
	}
	err = c.call(ctx, request{path: pathPreview, maxAnswer: maxPreview, body: body(struct {
		WaybillID string          `json:"waybill_id"`
		Template  []byte          `json:"waybill_template"`
		Data      string          `json:"waybill_data"`
		Custom    json.RawMessage `json:"custom"`
	}{p.WaybillID, []byte(p.Template), p.Data, p.Custom})}, func(answer []byte) error {
		page, err = readPage(answer)
		return err
	})
	return page, err
}

// readPage reads an answer whose sample has no errcode.
func readPage(answer []byte) (string, error) {
	var a struct {
		Page *string `json:"rendered_waybill_template"`
	}
	if err := read(pathPreview, answer, withoutCode, &a); err != nil {
		return "", err
	}
	if a.Page == nil {
		return "", unreadable(pathPreview, "it has no rendered_waybill_template")
	}
	page, err := base64.StdEncoding.DecodeString(*a.Page)
	if err != nil {
		return "", unreadable(pathPreview, "rendered_waybill_template is not base64")
	}
	return string(page), nil
}

// Quota is how often a path may be called.
type Quota struct {
	DailyLimit, Used, Remaining int64 // today, by Beijing's time
	RateCount                   int64 // in RatePeriod; 0: WeChat says nothing of it
	RatePeriod                  time.Duration
}

// Quota reads how often a path may be called, and was today.
func (c *Client) Quota(ctx context.Context, path string) (q Quota, err error) {
	err = c.call(ctx, request{path: pathQuota, body: body(struct {
		Path string `json:"cgi_path"`
	}{path})}, func(answer []byte) error {
		q, err = readQuota(answer)
		return err
	})
	return q, err
}

func readQuota(answer []byte) (Quota, error) {
	var a struct {
		Quota *struct {
			DailyLimit number `json:"daily_limit"`
			Used       number `json:"used"`
			Remain     number `json:"remain"`
		} `json:"quota"`
		RateLimit struct {
			CallCount     number `json:"call_count"`
			RefreshSecond number `json:"refresh_second"`
		} `json:"rate_limit"`
	}
	if err := read(pathQuota, answer, withCode, &a); err != nil {
		return Quota{}, err
	}
	if a.Quota == nil || !a.Quota.DailyLimit.given || a.Quota.DailyLimit.value < 0 {
		return Quota{}, unreadable(pathQuota, "it has no quota")
	}
	q := Quota{DailyLimit: a.Quota.DailyLimit.value, Used: max(0, a.Quota.Used.value), Remaining: a.Quota.Remain.value}
	if !a.Quota.Remain.given {
		q.Remaining = q.DailyLimit - q.Used
	}
	q.Remaining = max(0, q.Remaining)
	if n, s := a.RateLimit.CallCount.value, a.RateLimit.RefreshSecond.value; n > 0 && s > 0 && s <= maxPeriod {
		q.RateCount, q.RatePeriod = n, time.Duration(s)*time.Second
	}
	return q, nil
}

// maxPeriod is the longest period of a rate that is believed, in seconds.
const maxPeriod = 24 * 60 * 60

// ClearQuota gives all paths their day's calls anew. WeChat allows it ten times a month.
func (c *Client) ClearQuota(ctx context.Context) error {
	return c.call(ctx, request{path: pathClearQuota, once: true, body: body(struct {
		AppID string `json:"appid"`
	}{c.appID})}, readDone(pathClearQuota))
}
