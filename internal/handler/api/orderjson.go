package api

import "carrierhook/internal/delivery"

// orderJSON is an order of instant delivery with its attempts and its pushes, without
// sender, receiver and goods.
type orderJSON struct {
	ShopID      string        `json:"shop_id"`
	ShopOrderID string        `json:"shop_order_id"`
	ShopNo      string        `json:"shop_no"`
	Erased      bool          `json:"erased"`
	Attempts    []attemptJSON `json:"attempts"`
	StepsCut    bool          `json:"steps_cut,omitempty"`
	Pushes      []pushJSON    `json:"pushes"`
	PushesNext  string        `json:"pushes_next,omitempty"`
}

// attemptJSON is an attempt at an order. The codes that goods are handed over for, and the
// order's token at WeChat, are never shown.
type attemptJSON struct {
	Attempt         int             `json:"attempt"`
	WaybillID       string          `json:"waybill_id"`
	Account         string          `json:"account"`
	PlacedAt        moment          `json:"placed_at"`
	ExpiresAt       moment          `json:"expires_at"`
	Expired         bool            `json:"expired"`
	OrderStatus     delivery.Status `json:"order_status"`
	StatusAt        moment          `json:"status_at"`
	ActionMsg       *string         `json:"action_msg,omitempty"`
	FeeFen          delivery.Fen    `json:"fee_fen"`
	DeliverFeeFen   delivery.Fen    `json:"deliverfee_fen"`
	CouponFeeFen    delivery.Fen    `json:"couponfee_fen"`
	InsuranceFeeFen delivery.Fen    `json:"insurancefee_fen"`
	TipsFen         delivery.Fen    `json:"tips_fen"`
	Distance        int64           `json:"distance"`
	DeductFeeFen    *delivery.Fen   `json:"deduct_fee_fen,omitempty"` // nil: the merchant has not cancelled it
	CancelReasonID  int             `json:"cancel_reason_id,omitempty"`
	Steps           []stepJSON      `json:"steps"`
}

// stepJSON is a status that an attempt had, and where it came from.
type stepJSON struct {
	OrderStatus delivery.Status `json:"order_status"`
	Text        string          `json:"words"`
	ActionTime  int64           `json:"action_time"`
	ActionMsg   *string         `json:"action_msg,omitempty"`
	Agent       *agentJSON      `json:"agent,omitempty"`
	ExpectedAt  int64           `json:"expected_delivery_time,omitempty"`
	RecordedAt  moment          `json:"recorded_at"`
	RecordedBy  string          `json:"recorded_by"`
}

// agentJSON is a rider.
type agentJSON struct {
	Name           string `json:"name"`
	Phone          string `json:"phone"`
	PhoneEncrypted bool   `json:"phone_encrypted"`
}

// statusJSON is the answer to a status report.
type statusJSON struct {
	Verdict     delivery.Verdict `json:"verdict"`
	ShopID      string           `json:"shop_id"`
	ShopOrderID string           `json:"shop_order_id"`
	WaybillID   string           `json:"waybill_id"`
	OrderStatus delivery.Status  `json:"order_status"`
	StatusAt    moment           `json:"status_at"`
}

// showAttempt shows an attempt. Only a token with the scope personal sees messages, which
// may hold a rider's telephone number, and agents.
func (r *request) showAttempt(a *delivery.AttemptHistory) attemptJSON {
	personal := r.caller.Scopes.has(Personal)
	shown := attemptJSON{
		Attempt: a.Number, WaybillID: a.WaybillID, Account: a.Account, PlacedAt: moment(a.PlacedAt), ExpiresAt: moment(a.ExpiresAt), Expired: a.Expired,
		OrderStatus: a.Status, StatusAt: moment(a.StatusAt), ActionMsg: shownIf(personal, a.Message),
		FeeFen: a.Quote.Fee(), DeliverFeeFen: a.Quote.Deliver, CouponFeeFen: a.Quote.Coupon, InsuranceFeeFen: a.Quote.Insurance,
		TipsFen: a.TipsNow, Distance: a.Quote.Metres, CancelReasonID: a.CancelReason,
		Steps: each(a.Steps, func(s *delivery.Step) stepJSON { return showStep(s, personal) }),
	}
	if a.CancelPush != ([32]byte{}) {
		shown.DeductFeeFen = new(a.Deducted)
	}
	return shown
}

func showStep(s *delivery.Step, personal bool) stepJSON {
	shown := stepJSON{
		OrderStatus: s.Status, Text: s.Status.Text(), ActionTime: s.At.Unix(), ActionMsg: shownIf(personal, s.Message),
		RecordedAt: moment(s.RecordedAt), RecordedBy: s.RecordedBy,
	}
	if a := s.Agent; a != nil && personal {
		shown.Agent = &agentJSON{a.Name, a.Phone, a.PhoneEncrypted}
	}
	if !s.ExpectedAt.IsZero() {
		shown.ExpectedAt = s.ExpectedAt.Unix()
	}
	return shown
}
