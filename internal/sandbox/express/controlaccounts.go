package express

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// controlAccount is an account as the control endpoint takes it.
type controlAccount struct {
	ShopAppID  string `json:"shop_app_id"` // the first app if absent
	DeliveryID string `json:"delivery_id"` // the sandbox's carrier if absent
	BizID      string `json:"biz_id"`
	Password   string `json:"password"`
}

// shownAccount has no password.
type shownAccount struct {
	ShopAppID  string `json:"shop_app_id"`
	DeliveryID string `json:"delivery_id"`
	BizID      string `json:"biz_id"`
	Bound      bool   `json:"bound"`
}

func (a *API) shownAccounts() []shownAccount {
	list := []shownAccount{}
	for _, key := range a.accounts.keys() {
		_, bound := a.accounts.look(key)
		list = append(list, shownAccount{key.shop, key.deliveryID, key.bizID, bound})
	}
	return list
}

// postAccount binds an account as if the carrier had agreed: for carriers that do
// not answer check_biz, and for accounts that were right once.
func (a *API) postAccount(r *http.Request) (any, error) {
	c := controlAccount{ShopAppID: a.core.Apps[0].ID, DeliveryID: a.o.DeliveryID}
	if err := sandbox.ReadControl(r, &c); err != nil {
		return nil, err
	}
	switch {
	case c.BizID == "" || len(c.BizID) > sandbox.MaxID || strings.ContainsFunc(c.BizID+c.Password, sandbox.Unprintable):
		return nil, errors.New("biz_id is missing or too long, or it or the password has a control character")
	case c.DeliveryID != a.o.DeliveryID:
		return nil, errors.New("the account must be at the one carrier, " + a.o.DeliveryID)
	case !slices.ContainsFunc(a.core.Apps, func(app sandbox.App) bool { return app.ID == c.ShopAppID }):
		return nil, errors.New("shop_app_id is none of the sandbox's apps")
	}
	bound := Account{c.ShopAppID, c.DeliveryID, c.BizID, wechat.Password(c.Password)}
	a.accounts.bind(a.accounts.find(bound.key()), &bound)
	return map[string]string{"status": "bound"}, nil
}
