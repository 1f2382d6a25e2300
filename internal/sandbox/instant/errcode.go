package instant

import "carrierhook/internal/sandbox"

// The codes of instant delivery, from the tables of the pages named in docs/sandbox.md.
const (
	codeSystem         = 930555
	codeCompanySilent  = 930556
	codeCompanyFailed  = 930557
	codeCompanyRefused = 930558
	codeOpenID         = 930559
	codeShopNotBound   = 930560
	codeOrderExists    = 930562
	codeOrderUnknown   = 930563
	codeOrderEnded     = 930565
	codeGoodsClass     = 930570
	codeShopWrong      = 9300535
)

// errtexts are the words that go with the codes: for two of them, others than with
// express orders. Those of 930560 and 930570 are known to be WeChat's.
var errtexts = map[int]string{
	sandbox.CodeArgs:   "args error",
	codeSystem:         "wechat system error",
	codeCompanySilent:  "delivery timeout",
	codeCompanyFailed:  "delivery system error",
	codeCompanyRefused: "delivery logic error",
	codeOpenID:         "openid invalid",
	codeShopNotBound:   "shopid need bind first",
	codeOrderExists:    "order exists",
	codeOrderUnknown:   "order not exists",
	codeOrderEnded:     "order ended",
	codeGoodsClass:     "cargo_first_class or cargo_second_class invalid",
	codeShopWrong:      "shop arg error",
}
