package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/redacted"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// Account is a merchant's account at the carrier, in whose name a run books
// orders. BizID must be set; what else is empty is as in WeChat's sample.
type Account struct {
	BizID     string          `json:"biz_id"`
	BizPwd    wechat.Password `json:"biz_pwd"`
	ShopAppID string          `json:"shop_app_id"`
	Quota     bool            `json:"quota"` // the carrier counts how many waybills are left to it

	ServiceType      int64          `json:"service_type"` // with the name: a service that the carrier has
	ServiceName      string         `json:"service_name"`
	Sender, Receiver wechat.Contact `json:"-"` // at addresses that the carrier serves

	// Numbers is a range of WeChat's that the carrier knows and where nobody else
	// takes numbers; the zero one is none.
	Numbers sandbox.NumberRange `json:"numbers"`
}

// ParseAccount reads biz_id:biz_pwd, with :shop_app_id after it if there is one.
// An error shows no password.
func ParseAccount(text string) (Account, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 || parts[0] == "" {
		return Account{}, errors.New("an account is biz_id:biz_pwd, or that with :shop_app_id after it; with a colon in one of them, use a file")
	}
	a := Account{BizID: parts[0], BizPwd: wechat.Password(parts[1])}
	if len(parts) == 3 {
		a.ShopAppID = parts[2]
	}
	return a, nil
}

// ParseAccountFile reads an account from a JSON object: biz_id, biz_pwd,
// shop_app_id, quota, service_type, service_name, sender and receiver (name, tel,
// mobile, company, post_code, country, province, city, area, address) and numbers
// (prefix, width, first). An error shows no password.
func ParseAccountFile(text []byte) (Account, error) {
	var f struct {
		Account
		Sender   contactFile `json:"sender"`
		Receiver contactFile `json:"receiver"`
	}
	if err := parse(text, &f); err != nil {
		return Account{}, fmt.Errorf("the account: %w", err)
	}
	if f.BizID == "" {
		return Account{}, errors.New("an account needs a biz_id")
	}
	f.Account.Sender, f.Account.Receiver = wechat.Contact(f.Sender), wechat.Contact(f.Receiver)
	return f.Account, nil
}

// parse reads one JSON document without unknown members. The error shows no text of it.
func parse(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if dec.More() {
		return errors.New("something follows the JSON")
	}
	return nil
}

// contactFile has the fields of wechat.Contact, which has no names for JSON.
type contactFile struct {
	redacted.Struct
	Name     string `json:"name"`
	Tel      string `json:"tel"`
	Mobile   string `json:"mobile"`
	Company  string `json:"company"`
	PostCode string `json:"post_code"`
	Country  string `json:"country"`
	Province string `json:"province"`
	City     string `json:"city"`
	Area     string `json:"area"`
	Address  string `json:"address"`
}

// complete fills in WeChat's sample of add_waybill.
func (a Account) complete() Account {
	sample := wechat.Contact{
		Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456", Country: "中国",
		Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
	}
	if a.Sender == (wechat.Contact{}) {
		a.Sender = sample
	}
	if a.Receiver == (wechat.Contact{}) {
		a.Receiver = sample
		a.Receiver.Name, a.Receiver.Tel, a.Receiver.Mobile = "王小蒙", "029-77777777", "18610000000"
		a.Receiver.PostCode, a.Receiver.Area = "654321", "天河区"
	}
	if a.ServiceName == "" && a.ServiceType == 0 {
		a.ServiceName = "标准快递"
	}
	return a
}

// unknownMerchant is a merchant that no carrier has.
var unknownMerchant = Account{BizID: unknownWaybill.BizID, BizPwd: unknownWaybill.BizPwd, ShopAppID: unknownWaybill.ShopAppID}.complete()
