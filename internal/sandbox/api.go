package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"carrierhook/internal/origin"

	"go.uber.org/zap"
)

// TokenLife is how long WeChat's access tokens are valid.
const TokenLife = 2 * time.Hour

// TeamOpenID is whom the events come from that no user caused: one fixed account of
// WeChat's.
const TeamOpenID = "oSandboxWeChatTeam"

// APIOptions is what the platform knows when it starts. The fields without a
// note must be set.
type APIOptions struct {
	Platform *Platform   // made by New; its clock and randomness are the API's too; its Rand must bear concurrent use
	Apps     []App       // who may have tokens; the first is the merchant of the cloud call
	Numbers  NumberRange // of the waybills; the zero one will do for a carrier that takes any

	Hosts     origin.Hosts                // that it is called by
	TokenLife time.Duration               // 0: TokenLife
	Fault     Fault                       // of all pushes, until the control endpoint says otherwise
	Log       *zap.Logger                 // nil: none
	OnReset   func(context.Context) error // nil: nothing else to put back
}

// API is what merchants and carriers call at WeChat. It serves two handlers
// that belong on listeners of their own: Merchant, at WeChat's paths, and
// Control, for the people who run the sandbox. What the calls do is in the families.
type API struct {
	Platform *Platform
	Apps     []App
	Numbers  *Numbers // a reset does not set them back

	o        APIOptions
	log      *zap.Logger
	families []Family
	tokens   *tokens
	fault    chosenFault
	pushes   pushes

	calls     carrierCalls
	callFault chosenCallFault
	limits    limits
	allowed   allowList
}

// Family is the calls about one kind of order, express or instant, or what is controlled
// together.
type Family struct {
	Calls   []Call
	Args    Code // for a member of a request with a errs value
	Control []Endpoint
	Reset   func() // makes everything as it was at the start, and is called first then
}

// Join adds a family. The error says everything that is wrong with its options; the
// API's own may be wrong as well.
type Join func(*API) (Family, error)

// NewAPI reports everything that is wrong with the options.
func NewAPI(o APIOptions, families ...Join) (*API, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.TokenLife == 0 {
		o.TokenLife = TokenLife
	}
	a := &API{Platform: o.Platform, Apps: o.Apps, o: o, log: o.Log}
	var errs []error
	if o.Platform == nil || o.Platform.Account.UserName == "" || len(o.Apps) == 0 {
		errs = append(errs, errors.New("a platform with its account and one app must be set"))
	}
	if o.Platform != nil && !a.fits(o.Fault) {
		errs = append(errs, fmt.Errorf("%s cannot be committed here: %s, in %v and %v", o.Fault, o.Fault.Text(), o.Platform.Account.Mode, o.Platform.Format))
	}
	if o.TokenLife < 0 {
		errs = append(errs, fmt.Errorf("a token cannot live %v", o.TokenLife))
	}
	errs = append(errs, o.Numbers.check())
	for _, join := range families {
		f, err := join(a)
		a.families, errs = append(a.families, f), append(errs, err)
	}
	err := errors.Join(errs...)
	if err == nil {
		a.Numbers, err = o.Platform.Numbers(o.Numbers)
	}
	if err != nil {
		return nil, err
	}
	a.tokens = newTokens(o.Apps, o.TokenLife, a.Now, a.random())
	a.clear()
	return a, nil
}

// clear makes everything as it was at the start, but for the numbers and the access
// tokens that were given.
func (a *API) clear() {
	for _, f := range a.families {
		f.Reset()
	}
	a.fault.set(a.o.Fault, 0)
	a.pushes.clear()
	a.calls.clear()
	a.callFault.set(callFaultChoice{})
	a.limits.clear()
	a.allowed.set(nil)
}

// serving answers with h, and says on every answer what it comes from. What
// a web page made a browser send is refused before anything else: the tokens here
// are known to everybody, and behind the sandbox is a carrier's server.
func (a *API) serving(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Sandbox", "not-for-production")
		if err := a.o.Hosts.Check(r); err != nil {
			a.log.Warn("refused", zap.Error(err))
			writeJSON(w, http.StatusForbidden, map[string]string{"error": err.Error()})
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Now is WeChat's clock.
func (a *API) Now() time.Time    { return a.Platform.now() }
func (a *API) random() io.Reader { return a.Platform.rand() }
