package sandbox

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"carrierhook/internal/wechat"
)

const eventAddWaybill = "add_waybill"

// teamOpenID is whom add_waybill comes from: one fixed account of WeChat's. The
// platform also uses it for a cancel of an order without a user.
const teamOpenID = "oSandboxWeChatTeam"

// cdata is a text that XML carries in a CDATA section.
type cdata string

// MarshalXML is for encoding/xml, which knows CDATA only inside a struct.
func (c cdata) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(struct {
		Text string `xml:",cdata"`
	}{string(c)}, start)
}

// addWaybill is the event of WeChat's page Request_an_order_event, in the order
// of its sample.
type addWaybill struct {
	XMLName      xml.Name `xml:"xml" json:"-"`
	ToUserName   cdata
	FromUserName cdata
	CreateTime   int64
	MsgType      cdata
	Event        cdata
	Token        string // without CDATA in WeChat's sample
	OrderID      cdata
	BizID        cdata
	BizPwd       cdata
	ShopAppID    cdata
	WayBillID    cdata
	Remark       cdata
	Sender       person
	Receiver     person
	Cargo        cargo
	Insured      insured
	Service      service
}

type person struct {
	Name, Tel, Mobile, Company, PostCode, Country, Province, City, Area, Address cdata
}

type cargo struct {
	Weight     json.Number
	SpaceX     json.Number `xml:"Space_X" json:"Space_X"`
	SpaceY     json.Number `xml:"Space_Y" json:"Space_Y"`
	SpaceZ     json.Number `xml:"Space_Z" json:"Space_Z"`
	Count      int64
	DetailList []detail
}

type detail struct {
	Name  cdata
	Count int64
}

type insured struct{ UseInsured, InsuredValue int64 }

type service struct {
	ServiceType int64
	ServiceName cdata
}

// encode writes the packet without white space.
func (m addWaybill) encode(f wechat.Format) ([]byte, error) {
	if f == wechat.XML {
		return xml.Marshal(m)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(m)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// addReply is the answer to it.
type addReply struct {
	XMLName                                     xml.Name `xml:"xml"`
	ToUserName, FromUserName, MsgType, Event    string
	Token, OrderID, BizID, WayBillID, ResultMsg string
	CreateTime                                  *int64
	ResultCode                                  *int
	WaybillData                                 string
}

// readAddReply reads the opened answer to m and compares what it repeats.
func readAddReply(f wechat.Format, packet []byte, m addWaybill) (r addReply, data []KeyValue, err error) {
	if s := string(packet); s == "" || s == "success" {
		return r, nil, errors.New("the carrier does not answer " + eventAddWaybill + ": it said success")
	}
	if f == wechat.JSON {
		r, err = readJSON(packet)
	} else {
		err = xml.Unmarshal(packet, &r)
	}
	if err != nil {
		return r, nil, errors.New("the reply is not the documented packet in the push's format")
	}
	var wrong []error
	same := func(name, got string, want cdata) {
		if got != string(want) {
			wrong = append(wrong, fmt.Errorf("%s of the reply is not the push's", name))
		}
	}
	same("ToUserName", r.ToUserName, m.FromUserName)
	same("FromUserName", r.FromUserName, m.ToUserName)
	same("MsgType", r.MsgType, m.MsgType)
	same("Event", strings.ToLower(r.Event), m.Event)
	same("Token", r.Token, cdata(m.Token))
	same("OrderID", r.OrderID, m.OrderID)
	same("BizID", r.BizID, m.BizID)
	if r.ResultCode == nil || r.CreateTime == nil {
		wrong = append(wrong, errors.New("ResultCode or CreateTime is missing"))
	} else if *r.ResultCode == 0 {
		same("WayBillID", r.WayBillID, m.WayBillID)
		data, err = labelData(r.WaybillData)
		wrong = append(wrong, err)
	}
	return r, data, errors.Join(wrong...)
}

// readJSON is strict about the letter case of names, which encoding/json is not.
func readJSON(packet []byte) (r addReply, err error) {
	f, wrong := parseFields(packet)
	if wrong != nil {
		return r, errors.New(wrong.hint)
	}
	for name, into := range map[string]*string{
		"ToUserName": &r.ToUserName, "FromUserName": &r.FromUserName, "MsgType": &r.MsgType, "Event": &r.Event, "Token": &r.Token,
		"OrderID": &r.OrderID, "BizID": &r.BizID, "WayBillID": &r.WayBillID, "ResultMsg": &r.ResultMsg, "WaybillData": &r.WaybillData,
	} {
		*into = f.text(name, maxReply)
	}
	f.into("CreateTime", &r.CreateTime)
	f.into("ResultCode", &r.ResultCode)
	if f.wrong != nil {
		return r, errors.New(f.wrong.hint)
	}
	return r, nil
}

// maxLabel is more than any label needs; the platform keeps it with the order.
const maxLabel = 64 << 10

// labelData takes the carrier's ##key##value##key##value## apart.
func labelData(s string) ([]KeyValue, error) {
	list := []KeyValue{}
	switch {
	case s == "":
		return list, nil
	case len(s) > maxLabel:
		return nil, errors.New("WaybillData is too long")
	}
	parts := strings.Split(s, "##")
	if len(parts)%2 != 0 || parts[0] != "" || parts[len(parts)-1] != "" {
		return nil, errors.New("WaybillData is not of the form ##key##value##")
	}
	for i := 1; i+1 < len(parts); i += 2 {
		list = append(list, KeyValue{parts[i], parts[i+1]})
	}
	return list, nil
}
