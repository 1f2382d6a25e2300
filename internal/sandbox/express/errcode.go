package express

// The codes of express orders, from the tables of the pages named in docs/sandbox.md.
const (
	codeOpenID         = 40003
	codeWaybillUnknown = 40199
	codeOrderUnknown   = 930563
	codeCarrierFailed  = 9300502
	codeCarrierUnknown = 9300503
	codeHasPath        = 9300506
	codeOrderToken     = 9300507
	codeOrderRepeated  = 9300522
	codeCancelFailed   = 9300524
	codeNotBound       = 9300525
	codeTooLong        = 9300526
	codeBoundAlready   = 9300529
	codeNoneToUnbind   = 9300530
	codeBadAccount     = 9300531
)

// errtexts are the words that go with the codes.
var errtexts = map[int]string{
	codeOpenID:         "invalid openid",
	codeWaybillUnknown: "waybill_id not exist",
	codeOrderUnknown:   "order not exist",
	codeCarrierFailed:  "delivery system error",
	codeCarrierUnknown: "delivery_id not exist",
	codeHasPath:        "waybill has path, can not cancel",
	codeOrderToken:     "invalid order token",
	codeOrderRepeated:  "order_id repeated",
	codeCancelFailed:   "cancel order fail",
	codeNotBound:       "biz_id not bound",
	codeTooLong:        "field too long",
	codeBoundAlready:   "biz_id bound already",
	codeNoneToUnbind:   "biz_id to unbind not exist",
	codeBadAccount:     "biz_id or password invalid",
}
