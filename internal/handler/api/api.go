// Package api serves /v1 to the carrier's own systems: they report scans, charges,
// waybills booked elsewhere, contracts and the status of orders of instant delivery, and
// read what is stored of them. JSON over HTTP; openapi.json describes it.
//
// It decodes requests into the types of packages waybill and delivery, and encodes their
// verdicts as answers or as problem details (RFC 9457). It knows no SQL and none of
// WeChat's packets, and decides nothing: the stores do.
package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler/bounded"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/semaphore"
)

const (
	// Deadline is how long a request may take, from its first byte to its answer.
	Deadline = 5 * time.Second

	maxScansBody = 4 << 20
	maxBody      = 1 << 20 // of every other request
)

// ExpressStore stores waybills and merchants, and decides what is reported of them. An
// error comes without a decision: it is ledger.ErrOutcomeUnknown if the decision may
// have been committed, and ledger.ErrNotFound if there is no such row; after any other,
// nothing was recorded. So it is with the other stores.
type ExpressStore interface {
	Scan(context.Context, waybill.Scan) (waybill.ScanDecision, error)
	Charge(context.Context, waybill.Charge) (waybill.ChargeDecision, error)
	Register(context.Context, waybill.Registration) (waybill.RegistrationDecision, error)
	PutMerchant(context.Context, waybill.Contract) (m waybill.Merchant, created bool, err error)
	Merchant(ctx context.Context, bizID string) (waybill.Merchant, error)
	DecideReview(context.Context, waybill.ReviewResult) (waybill.ReviewDecision, error)
	// Reviews returns a page, oldest first; more says that there are later ones.
	Reviews(context.Context, waybill.ReviewQuery) (page []waybill.Review, more bool, err error)
	// History returns the newest pushes, at most limit.
	History(ctx context.Context, bizID, waybillID string, limit int) (waybill.History, error)
	Waybills(context.Context, waybill.WaybillQuery) ([]waybill.Waybill, error)
}

// InstantStore stores the orders of instant delivery, also while it is not offered.
type InstantStore interface {
	ReportStatus(context.Context, delivery.StatusReport) (delivery.StatusDecision, error)
	// History returns the newest pushes, at most limit; more says that there are older
	// ones.
	History(ctx context.Context, shopID, orderID string, limit int) (r delivery.OrderHistory, pushes []ledger.Entry, more bool, err error)
}

// Ledger has what is kept of each push.
type Ledger interface {
	// List returns a page of entries, newest first; more says that there are older ones.
	List(context.Context, ledger.Filter) (page []ledger.Entry, more bool, err error)
}

// Options are what the API needs. All but Tokens and Feed must be set.
type Options struct {
	Express ExpressStore
	Instant InstantStore
	Ledger  Ledger
	Feed    Feed // nil: it is off
	Care    EventCare
	Tokens  []Token // none: open to requests to a loopback name

	// NeedsAgent has reports of an assigned rider say who it is, because WeChat is told of
	// them.
	NeedsAgent bool

	Log     *zap.Logger
	Metrics prometheus.Registerer

	// FirstByte is when the request of a context began to arrive, which is when its
	// deadline begins.
	FirstByte func(context.Context) time.Time

	// Working is called when the request of a context has arrived whole, so that its
	// connection is not closed to make room for another.
	Working func(context.Context)
}

// API serves /v1. Make it with New.
type API struct {
	Options
	metrics *metrics
	sampled *zap.Logger
	callers []*caller // in the order of Tokens; without tokens local alone

	// Shared by all callers.
	large    *semaphore.Weighted
	underWay *semaphore.Weighted

	ending context.Context // ends with the waits for events
	end    context.CancelFunc
}

// New makes the API.
func New(o Options) *API {
	a := &API{
		Options:  o,
		sampled:  bounded.Log(o.Log),
		large:    semaphore.NewWeighted(maxLarge),
		underWay: semaphore.NewWeighted(maxUnderWay),
	}
	a.ending, a.end = context.WithCancel(context.Background())
	for _, t := range o.Tokens {
		a.callers = append(a.callers, newCaller(t))
	}
	if len(o.Tokens) == 0 {
		a.callers = []*caller{newCaller(Token{Name: local, Scopes: all})}
	}
	a.metrics = newMetrics(o.Metrics, a.routes(), a.callers)
	return a
}

// route is an operation and where it is, by its path in the document.
type route struct {
	method, path string
	scope        Scope
	serve        operation
}

func (a *API) routes() []route {
	return []route{
		{http.MethodPost, "/v1/scans", Scans, handle(a.decodeScans, a.postScans)},
		{http.MethodGet, "/v1/waybills", Read, handle(decodeWaybillQuery, a.findWaybills, "waybill_id", "order_id", "biz_id")},
		{http.MethodPost, "/v1/waybills", Waybills, handle(decodeRegistration, a.register)},
		{http.MethodGet, "/v1/waybills/{biz_id}/{waybill_id}", Read, handle(decodeWaybillIDs, a.history)},
		{http.MethodPost, "/v1/waybills/{biz_id}/{waybill_id}/charge", Waybills, handle(decodeCharge, a.charge)},
		{http.MethodGet, "/v1/delivery/orders/{shop_id}/{shop_order_id}", Read, handle(decodeOrderIDs, a.order)},
		{http.MethodPost, "/v1/delivery/orders/{shop_id}/{shop_order_id}/status", Scans, handle(a.decodeStatus, a.postStatus)},
		{http.MethodGet, "/v1/pushes", Read, handle(decodePushQuery, a.pushes, pushParams...)},
		{http.MethodGet, "/v1/events", Events, handle(decodeFeedQuery, a.events, feedParams...)},
		{http.MethodGet, "/v1/merchants/{biz_id}", Read, handle(decodeMerchantID, a.merchant)},
		{http.MethodPut, "/v1/merchants/{biz_id}", Merchants, handle(decodeContract, a.putMerchant)},
		{http.MethodGet, "/v1/reviews", Read, handle(decodeReviewQuery, a.reviews, reviewParams...)},
		{http.MethodPut, "/v1/reviews/{account}/{biz_id}/{shop_app_id}", Merchants, handle(decodeReview, a.putReview)},
		{http.MethodGet, "/v1/events/endpoints", Events, handle(decodeNothing, a.endpoints)},
		{http.MethodPost, "/v1/events/endpoints/{name}/pause", Events, handle(decodeEndpoint, a.pauseEndpoint)},
		{http.MethodPost, "/v1/events/endpoints/{name}/resume", Events, handle(decodeEndpoint, a.resumeEndpoint)},
		{http.MethodPost, "/v1/events/endpoints/{name}/test", Events, handle(decodeEndpoint, a.testEndpoint)},
		{http.MethodGet, "/v1/events/deliveries", Events, handle(a.decodeDeliveryQuery, a.deliveries, deliveryParams...)},
		{http.MethodPost, "/v1/events/replay", Events, handle(a.decodeReplay, a.replay)},
		{http.MethodPost, "/v1/events/skip", Events, handle(a.decodeSkip, a.skip)},
		{http.MethodGet, "/v1/openapi.json", noScope, serveDocument},
	}
}

// Mount adds the API's routes, and answers requests under /v1 that have none. The router
// must match escaped paths and leave their parameters escaped.
func (a *API) Mount(r gin.IRouter) {
	r.Use(a.unrouted)
	for _, rt := range a.routes() {
		r.Handle(rt.method, ginPath.Replace(rt.path), func(c *gin.Context) { a.serve(c, rt) })
	}
}

// ginPath turns a path of the document into one of Gin's.
var ginPath = strings.NewReplacer("{", ":", "}", "")

// unrouted answers requests under /v1 that the router has no route for: Gin has set
// the status, and the methods that the path has.
func (a *API) unrouted(c *gin.Context) {
	path := c.Request.URL.Path
	if c.FullPath() != "" || path != "/v1" && !strings.HasPrefix(path, "/v1/") {
		return
	}
	p := problemOf(notFound, "no such path")
	if c.Writer.Status() == http.StatusMethodNotAllowed {
		p = problemOf(methodNotAllowed, "the path does not take this method; see Allow")
	}
	a.serve(c, route{c.Request.Method, unmatched, noScope, func(*request) (any, error) { return nil, p }})
	c.Abort()
}
