package handler_test

import (
	"maps"
	"slices"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// eventCase is an event that is decided.
type eventCase struct {
	event   string
	reasons []string
	packet  func(wechat.Format) []byte                         // the sample's push
	refusal func(f wechat.Format, code int, msg string) []byte // the reply that says no to it
	decode  func(f wechat.Format, packet []byte) (code int, msg string, err error)
}

func eventCases() []eventCase { return append(expressCases(), instantCases()...) }

// caseOf is that of one event.
func caseOf(event string) eventCase {
	all := eventCases()
	return all[slices.IndexFunc(all, func(c eventCase) bool { return c.event == event })]
}

// texts are reasons of either family.
func texts[R ~string](reasons ...R) (all []string) {
	for _, r := range reasons {
		all = append(all, string(r))
	}
	return all
}

func expressCases() []eventCase {
	return []eventCase{
		{
			"cancel_waybill", texts(waybill.CancelReasons()...),
			func(f wechat.Format) []byte { return wechat.EncodeCancel(f, sampleCancel) },
			func(f wechat.Format, code int, msg string) []byte { return sampleCancel.Reply(code, msg).Encode(f) },
			func(f wechat.Format, packet []byte) (int, string, error) {
				r, err := wechat.DecodeCancelReply(f, packet)
				return r.ResultCode, r.ResultMsg, err
			},
		},
		{
			"add_waybill", texts(waybill.BookReasons()...),
			func(f wechat.Format) []byte { return wechat.EncodeAddWaybill(f, sampleBooking) },
			func(f wechat.Format, code int, msg string) []byte {
				return sampleBooking.Reply(sampleBooking.WayBillID, code, msg, "").Encode(f)
			},
			func(f wechat.Format, packet []byte) (int, string, error) {
				r, err := wechat.DecodeAddReply(f, packet)
				return r.ResultCode, r.ResultMsg, err
			},
		},
		{
			"check_biz", texts(waybill.BindReasons()...),
			func(f wechat.Format) []byte { return wechat.EncodeCheckBiz(f, sampleCheckBiz) },
			func(f wechat.Format, code int, msg string) []byte {
				return sampleCheckBiz.Reply(code, msg, 0).Encode(f)
			},
			decodeQuota("check_biz"),
		},
		{
			"get_quota", texts(waybill.AccountReasons()...),
			func(f wechat.Format) []byte { return wechat.EncodeGetQuota(f, sampleGetQuota) },
			func(f wechat.Format, code int, msg string) []byte {
				return sampleGetQuota.Reply(code, msg, 0).Encode(f)
			},
			decodeQuota("get_quota"),
		},
	}
}

func decodeQuota(event string) func(wechat.Format, []byte) (int, string, error) {
	return func(f wechat.Format, packet []byte) (int, string, error) {
		r, err := wechat.DecodeQuotaReply(f, event, packet)
		return r.ResultCode, r.ResultMsg, err
	}
}

// The events of instant delivery, by what they carry.
var (
	orderEvents = map[string]delivery.Kind{
		"transport_precreate_order": delivery.Precreate, "transport_add_order": delivery.Add, "transport_readd_order": delivery.Readd,
	}
	followUpEvents = map[string]delivery.Kind{
		"transport_cancel_order": delivery.Cancel, "transport_precancel_order": delivery.Precancel, "transport_query_order_status": delivery.Query,
		"transport_add_tips": delivery.Tip, "transport_confirm_return_to_biz": delivery.ConfirmReturn,
	}
	instantEvents = append(slices.Sorted(maps.Keys(orderEvents)), slices.Sorted(maps.Keys(followUpEvents))...)
)

// orderOf and followUpOf are the samples under an event's name.
func orderOf(event string) wechat.InstantOrder {
	m := sampleOrder
	if m.Event = event; event == "transport_precreate_order" { // which has neither
		m.WXToken, m.DeliveryToken = "", ""
	}
	return m
}

func followUpOf(event string) wechat.InstantFollowUp {
	m := sampleFollowUp
	if m.Event = event; event != "transport_add_tips" {
		m.Tips = ""
	}
	if event != "transport_cancel_order" && event != "transport_precancel_order" {
		m.CancelReasonID = ""
	}
	return m
}

func instantCases() (all []eventCase) {
	for _, event := range instantEvents {
		q := eventCase{event: event, decode: func(f wechat.Format, packet []byte) (int, string, error) {
			r, err := wechat.DecodeInstantReply(f, event, packet)
			return r.ResultCode, r.ResultMsg, err
		}}
		if kind, order := orderEvents[event]; order {
			q.reasons = texts(kind.Reasons()...)
			q.packet = func(f wechat.Format) []byte { return wechat.EncodeInstantOrder(f, orderOf(event)) }
			q.refusal = func(f wechat.Format, code int, msg string) []byte { return orderOf(event).Reply(code, msg).Encode(f) }
		} else {
			q.reasons = texts(followUpEvents[event].Reasons()...)
			q.packet = func(f wechat.Format) []byte { return wechat.EncodeInstantFollowUp(f, followUpOf(event)) }
			q.refusal = func(f wechat.Format, code int, msg string) []byte {
				return followUpOf(event).Reply(code, msg).Encode(f)
			}
		}
		all = append(all, q)
	}
	return all
}
