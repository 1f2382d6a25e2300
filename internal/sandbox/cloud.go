package sandbox

// The cloud call has the names of cancelOrder in camelCase, and WeChat's cloud
// library raises what has an errCode other than 0.

type cloudAnswer struct {
	ErrCode    int    `json:"errCode"`
	ErrMsg     string `json:"errMsg"`
	ResultCode int    `json:"deliveryResultcode"`
	ResultMsg  string `json:"deliveryResultmsg"`
}

const cloudName = "openapi.logistics.cancelOrder:"

func cloudFailure(f *failure, msg string) any {
	return cloudAnswer{f.code, cloudName + "fail " + msg, f.resultCode, f.resultMsg}
}

func (a *API) cloudCancelOrder(r request) (any, *failure) {
	q := orderQuery{r.shop, r.id("orderId", maxOrderID), r.text("openid", maxID), r.id("deliveryId", maxID), r.id("waybillId", maxID)}
	if r.wrong != nil {
		return nil, r.wrong
	}
	if f := a.cancel(r.ctx, q); f != nil {
		return nil, f
	}
	return cloudAnswer{ErrMsg: cloudName + "ok"}, nil
}
