package instant

import "carrierhook/internal/sandbox"

// The codes of instant delivery, from the tables of the pages named in docs/sandbox.md.
// The texts of 930560 and 930570 are known to be WeChat's. That of 930561 is another
// one than with express orders.
var (
	codeSystem         = sandbox.Code{Number: 930555, Text: "wechat system error"}
	codeCompanySilent  = sandbox.Code{Number: 930556, Text: "delivery timeout"}
	codeCompanyFailed  = sandbox.Code{Number: 930557, Text: "delivery system error"}
	codeCompanyRefused = sandbox.Code{Number: 930558, Text: "delivery logic error"}
	codeOpenID         = sandbox.Code{Number: 930559, Text: "openid invalid"}
	codeShopNotBound   = sandbox.Code{Number: 930560, Text: "shopid need bind first"}
	codeArgs           = sandbox.Code{Number: 930561, Text: "args error"}
	codeOrderExists    = sandbox.Code{Number: 930562, Text: "order exists"}
	codeOrderUnknown   = sandbox.Code{Number: 930563, Text: "order not exists"}
	codeOrderEnded     = sandbox.Code{Number: 930565, Text: "order ended"}
	codeGoodsClass     = sandbox.Code{Number: 930570, Text: "cargo_first_class or cargo_second_class invalid"}
	codeShopArgs       = sandbox.Code{Number: 9300535, Text: "shop arg error"}
)
