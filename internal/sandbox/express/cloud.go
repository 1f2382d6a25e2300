package express

import "carrierhook/internal/sandbox"

// The cloud call has the names of cancelOrder in camelCase, and WeChat's cloud
// library raises what has an errCode other than 0.

type cloudAnswer struct {
	ErrCode    int    `json:"errCode"`
	ErrMsg     string `json:"errMsg"`
	ResultCode int    `json:"deliveryResultcode"`
	ResultMsg  string `json:"deliveryResultmsg"`
}

const cloudName = "openapi.logistics.cancelOrder:"

func cloudFailure(f *sandbox.Failure, msg string) any {
	return cloudAnswer{f.Code, cloudName + "fail " + msg, f.ResultCode, f.ResultMsg}
}

func (a *API) cloudCancelOrder(r sandbox.Request) (any, *sandbox.Failure) {
	q := orderQuery{r.App, r.ID("orderId", maxOrderID), r.Text("openid", sandbox.MaxID), r.ID("deliveryId", sandbox.MaxID), r.ID("waybillId", sandbox.MaxID)}
	if r.Wrong != nil {
		return nil, r.Wrong
	}
	if f := a.cancel(r.Ctx, q); f != nil {
		return nil, f
	}
	return cloudAnswer{ErrMsg: cloudName + "ok"}, nil
}
