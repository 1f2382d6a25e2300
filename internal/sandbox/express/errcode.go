package express

import "carrierhook/internal/sandbox"

// The codes of express orders, from the tables of the pages named in docs/sandbox.md.
var (
	codeOpenID         = sandbox.Code{Number: 40003, Text: "invalid openid"}
	codeShopUnknown    = sandbox.Code{Number: 40013, Text: "invalid appid"}
	codeWaybillUnknown = sandbox.Code{Number: 40199, Text: "waybill_id not exist"}
	codeOrderUnknown   = sandbox.Code{Number: 930563, Text: "order not exist"}
	codeCarrierFailed  = sandbox.Code{Number: 9300502, Text: "delivery system error"}
	codeCarrierUnknown = sandbox.Code{Number: 9300503, Text: "delivery_id not exist"}
	codeHasPath        = sandbox.Code{Number: 9300506, Text: "waybill has path, can not cancel"}
	codeOrderToken     = sandbox.Code{Number: 9300507, Text: "invalid order token"}
	codeTemplate       = sandbox.Code{Number: 9300512, Text: "invalid waybill template format"}
	codeOrderRepeated  = sandbox.Code{Number: 9300522, Text: "order_id repeated"}
	codeCancelFailed   = sandbox.Code{Number: 9300524, Text: "cancel order fail"}
	codeNotBound       = sandbox.Code{Number: 9300525, Text: "biz_id not bound"}
	codeTooLong        = sandbox.Code{Number: 9300526, Text: "field too long"}
	codeBoundAlready   = sandbox.Code{Number: 9300529, Text: "biz_id bound already"}
	codeNoneToUnbind   = sandbox.Code{Number: 9300530, Text: "biz_id to unbind not exist"}
	codeBadAccount     = sandbox.Code{Number: 9300531, Text: "biz_id or password invalid"}
)
