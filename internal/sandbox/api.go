package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/origin"

	"go.uber.org/zap"
)

// TokenLife is how long WeChat's access tokens hold.
const TokenLife = 2 * time.Hour

// carriers are the ids that WeChat's pages name. The sandbox pushes to one
// carrier; the others exist and have no orders.
var carriers = []string{"SF", "ZTO", "YTO", "STO", "YUNDA", "BEST", "DB", "EMS", "JDL", testDeliveryID}

// APIOptions is what the platform knows when it starts. The fields without a
// note must be set.
type APIOptions struct {
	Platform   *Platform // made by New; its clock and randomness are the API's too; its Rand must bear concurrent use
	DeliveryID string    // the carrier's id at WeChat
	Apps       []App     // who may ask for tokens; the first is the merchant of the cloud call
	Accounts   []Account
	Orders     []Order // placed before the sandbox started; each has its account

	LocalDeliveryID string   // the carrier's id in instant delivery; "" if it has none
	Shops           []string // the shopids of the first app that are bound to it

	Numbers        NumberRange // of the waybills; the zero one will do for a carrier that takes any
	CarrierNumbers bool        // the carrier gives the numbers itself: orders are pushed without one

	Hosts     origin.Hosts                // that it is called by
	TokenLife time.Duration               // 0: TokenLife
	Fault     Fault                       // of all pushes, until the control endpoint says otherwise
	Log       *zap.Logger                 // nil: none
	OnReset   func(context.Context) error // nil: nothing else to put back
}

// API is what merchants and carriers call at WeChat. It serves two handlers
// that belong on listeners of their own: Merchant, at WeChat's paths, and
// Control, for whoever runs the sandbox.
type API struct {
	o        APIOptions
	log      *zap.Logger
	tokens   *tokens
	accounts accounts
	numbers  *Numbers // a reset does not set them back
	record   record
	local    localRecord
	fault    chosenFault
	pushes   pushes
}

// NewAPI reports everything that is wrong with the options.
func NewAPI(o APIOptions) (*API, error) {
	a := &API{o: o, log: o.Log}
	if a.log == nil {
		a.log = zap.NewNop()
	}
	if o.TokenLife == 0 {
		o.TokenLife = TokenLife
	}
	var wrong []error
	if o.Platform == nil || o.Platform.Account.UserName == "" || o.DeliveryID == "" || len(o.Apps) == 0 {
		wrong = append(wrong, errors.New("a platform with its account, the carrier's id and one app must be set"))
	}
	if o.Platform != nil && !o.Fault.Fits(o.Platform.Account.Mode, o.Platform.Format) {
		wrong = append(wrong, fmt.Errorf("%s cannot be committed here: %s, in %v and %v", o.Fault, o.Fault.Words(), o.Platform.Account.Mode, o.Platform.Format))
	}
	if o.DeliveryID == testDeliveryID {
		wrong = append(wrong, errors.New("the carrier's id is that of WeChat's own carrier for trying, which is pushed nothing"))
	}
	if o.TokenLife < 0 {
		wrong = append(wrong, fmt.Errorf("a token cannot live %v", o.TokenLife))
	}
	for _, c := range o.Accounts {
		if c.DeliveryID != o.DeliveryID {
			wrong = append(wrong, fmt.Errorf("account %q is at %q, not at the one carrier, %q", c.BizID, c.DeliveryID, o.DeliveryID))
		}
	}
	if err := o.Numbers.check(); err != nil {
		wrong = append(wrong, err)
	}
	wrong = append(wrong, o.soundShops()...)
	a.accounts.clear(o.Accounts)
	for _, order := range o.Orders {
		if err := a.sound(order); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	var err error
	if a.numbers, err = o.Platform.Numbers(o.Numbers); err != nil {
		return nil, err
	}
	a.tokens = &tokens{apps: o.Apps, life: o.TokenLife, now: a.now, rand: a.random()}
	a.clear()
	return a, nil
}

// sound checks an order that did not come through order/add.
func (a *API) sound(o Order) error {
	switch _, bound := a.accounts.look(accountKey{o.ShopAppID, o.DeliveryID, o.BizID}); {
	case o.OrderID == "" || o.WaybillID == "" || o.Token == "":
		return fmt.Errorf("order %q: order, waybill and token must be set", o.OrderID)
	case len(o.OrderID) > maxOrderID || len(o.WaybillID) > maxID || strings.ContainsFunc(o.OrderID+o.WaybillID, unprintable):
		return errors.New("an order or waybill id is too long, or has control characters")
	case o.AddSource != 0 && o.AddSource != addedElsewhere:
		return fmt.Errorf("order %q: add_source must be 0 or 2", o.OrderID)
	case o.OpenID == "" && o.AddSource != addedElsewhere:
		return fmt.Errorf("order %q: the openid must be set, or add_source be 2", o.OrderID)
	case !bound:
		return fmt.Errorf("order %q: no account %q of %s at %s is bound", o.OrderID, o.BizID, o.ShopAppID, o.DeliveryID)
	}
	return nil
}

// soundShops checks what the options say of instant delivery.
func (o APIOptions) soundShops() (wrong []error) {
	switch id := o.LocalDeliveryID; {
	case id == testDeliveryID:
		wrong = append(wrong, errors.New("the carrier's id in instant delivery is that of WeChat's own company for trying, which is pushed nothing"))
	case id == "" && len(o.Shops) > 0:
		wrong = append(wrong, errors.New("shops can be bound only if the carrier has an id in instant delivery"))
	case len(id) > maxID || strings.ContainsFunc(id, unprintable):
		wrong = append(wrong, errors.New("the carrier's id in instant delivery is too long, or has a control character"))
	}
	for _, shop := range o.Shops {
		if shop == "" || len(shop) > maxID || strings.ContainsFunc(shop, unprintable) {
			wrong = append(wrong, fmt.Errorf("shop %q: the id is missing or too long, or has a control character", shop))
		}
	}
	return wrong
}

// clear makes everything as it was at the start, but for the numbers that were
// given.
func (a *API) clear() {
	a.accounts.clear(a.o.Accounts)
	a.record.clear(a.o.Orders)
	a.local.clear()
	a.tokens.clear()
	a.fault.set(a.o.Fault, 0)
	a.pushes.clear()
}

// carrierKnown tells whether WeChat has a carrier of that id.
func (a *API) carrierKnown(id string) bool {
	return id == a.o.DeliveryID || slices.Contains(carriers, id)
}

// route is a path of a listener, by net/http's pattern.
type route struct {
	pattern string
	handler http.Handler
}

// serving answers at the routes, and says on every answer what it comes from. What
// a web page made a browser send is refused before anything else: the tokens here
// are known to everybody, and behind the sandbox is a carrier's server.
func (a *API) serving(routes []route) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes {
		mux.Handle(rt.pattern, rt.handler)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Sandbox", "not-for-production")
		if err := a.o.Hosts.Check(r); err != nil {
			a.log.Warn("refused", zap.Error(err))
			writeJSON(w, http.StatusForbidden, map[string]string{"error": err.Error()})
			return
		}
		mux.ServeHTTP(w, r)
	})
}
