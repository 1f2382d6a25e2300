package main

import (
	"fmt"
	"strings"
)

// importColumns says what is in each column of each kind of file.
var importColumns = map[string]map[string]string{
	"merchants": {
		"biz_id":         "the merchant's BizID",
		"biz_pwd":        "the password, at most 72 bytes. A new merchant needs one, unless no_password is true. Without this column a known merchant keeps its password",
		"no_password":    "true: the merchant needs no password, and any is accepted. biz_pwd is empty then",
		"cancel_allowed": "true or false. Empty: a known merchant keeps its value, a new one gets true",
		"quota":          "how many waybills a merchant that pays in advance has left. Empty: a monthly account. Without this column it stays as it is",
	},
	"waybills": {
		"biz_id":       "the merchant's BizID",
		"waybill_id":   "the number, unique for the carrier",
		"order_id":     "the merchant's order",
		"shop_app_id":  "the merchant's mini program. Empty: any",
		"service":      "the code of a service. Empty: none. A waybill that can still be cancelled has one that there is, unless no services were imported at all",
		"status":       "booked, collected, in_transit, out_for_delivery, signed or cancelled. Empty: a known waybill keeps its status, a new one is booked",
		"booked_at":    "Empty: a known waybill keeps its time, a new one gets the present time",
		"collected_at": "when the parcel was collected",
		"charged_at":   "when the freight was charged",
		"signed_at":    "when the parcel was signed for. The status signed needs it, no other may have it",
		"cancelled_at": "when the waybill was cancelled. The status cancelled needs it, no other may have it",
	},
	"shops": {
		"shop_id": "WeChat's shopid: the appkey that the carrier gave the merchant",
		"secret":  "the AppSecret that the merchant signs with. It is stored sealed with delivery.key, which must be the servers' key",
		"active":  "false: the shop's pushes are refused. Empty or no such column: a known shop keeps its value, a new one is active",
	},
	"services": {
		"service_type":     "WeChat's ServiceType, a number",
		"service_name":     "WeChat's ServiceName. An order must have this type and this name",
		"code":             "the carrier's own name: the service of a waybill, as in cancel.services_without_cancelling, without commas and semicolons",
		"max_weight_kg":    "maximum weight, at most 3 decimals",
		"max_side_cm":      "maximum length of a side, at most 1 decimal",
		"max_pieces":       "maximum number of pieces",
		"max_insured_yuan": "maximum insured value. 0: the service has no insurance",
	},
	"areas": {
		"province": "province, city and area name a location. An empty part stands for every value: ,, is the whole country",
		"city":     "see province",
		"area":     "see province",
		"collects": "true or false: parcels are collected here. The most exact line decides",
		"delivers": "true or false: parcels are delivered here. The most exact line decides",
	},
	"routes": {
		"province": "province, city and area name the receiver's location. An empty part stands for every value",
		"city":     "see province",
		"area":     "see province",
		"key":      "with value, one part of the label: ##key##value##. The parts are in the order of the lines",
		"value":    "see key. Neither may have ## in it",
	},
	"ranges": {
		"name":        "the range's name, by which later imports know it",
		"prefix":      "what each number starts with. It may be empty",
		"width":       "how many digits the serial number has",
		"check_digit": "none, mod10 (Luhn) or mod11 (UPU S10, for width 8)",
		"first":       "the first serial number",
		"last":        "the last serial number",
		"owner":       "wechat: WeChat gives the numbers, and each order brings one. carrier: orders with WayBillID 0 get these numbers",
	},
}

// importColumn is a column as help and documents show it.
type importColumn struct {
	name     string
	required bool
	says     string
}

// columns are those of the kind's file, the required ones first.
func (kind importKind) columns() (all []importColumn) {
	required, optional := kind.Columns()
	says := importColumns[kind.name]
	for _, name := range required {
		all = append(all, importColumn{name, true, says[name]})
	}
	for _, name := range optional {
		all = append(all, importColumn{name, false, says[name]})
	}
	return all
}

// help lists the columns for the command line.
func (kind importKind) help() string {
	var text strings.Builder
	for _, c := range kind.columns() {
		says := c.says
		if !c.required {
			says = "(optional) " + says
		}
		fmt.Fprintf(&text, "  %-16s  %s\n", c.name, says)
	}
	return text.String()
}
