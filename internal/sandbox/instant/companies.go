package instant

import "slices"

// WeChat's own company for trying instant delivery: nobody stands behind it, and its
// one shop is every merchant's. What the page delivery_sanbox says of it.
const (
	testDeliveryID = "TEST"
	testShopID     = "test_shop_id"
	testAppSecret  = "test_app_secrect"
)

// company is what a company of instant delivery wants beside what all want, from the
// pages preAddOrder, addOrder, reOrder and cancelOrder.
type company struct {
	sender        bool     // the sender, even if the shop is named
	senderToPrice bool     // that with pre_add only
	shopNo        bool     // the shop, in an order
	shopNoAlways  bool     // and in questions about one
	orderTime     bool     // when the user paid
	direct        []int64  // is_direct_delivery may be
	booked        []string // a booked order needs one of these
	waybill       bool     // the waybill, to cancel
	noReadd       bool     // an order is not placed again
	noTips        bool     // nobody gets tips
}

const (
	expectedDelivery = "expected_delivery_time"
	expectedFinish   = "expected_finish_time"
	expectedPickUp   = "expected_pick_time"
)

var (
	anyTime   = []string{expectedDelivery, expectedFinish, expectedPickUp}
	notDirect = []int64{0}
	anyDirect = []int64{0, 1}
)

// companies are those that WeChat's page delivery_info names. Of UU the other pages
// say nothing.
var companies = map[string]company{
	"SFTC": {sender: true, orderTime: true, direct: notDirect, booked: []string{expectedFinish, expectedPickUp}, waybill: true},
	"SS":   {senderToPrice: true, shopNo: true, shopNoAlways: true, direct: []int64{1}, booked: []string{expectedPickUp}},
	"MTPS": {shopNo: true, direct: notDirect, booked: []string{expectedFinish}, noReadd: true, noTips: true},
	"DADA": {direct: anyDirect, booked: []string{expectedDelivery}},
	"UU":   {direct: notDirect, booked: anyTime},
}

// otherCompany is one that the pages do not name.
var otherCompany = company{direct: anyDirect, booked: anyTime}

// company tells what a company wants, and whether there is one of that id.
func (a *API) company(id string) (company, bool) {
	if c, ok := companies[id]; ok {
		return c, true
	}
	return otherCompany, id != "" && (id == a.o.DeliveryID || id == testDeliveryID)
}

// shopBound tells whether a shop of the app's is bound at the company, or at any
// where that is "".
func (a *API) shopBound(app, shopID, deliveryID string) bool {
	if shopID == testShopID && (deliveryID == "" || deliveryID == testDeliveryID) {
		return true
	}
	return app == a.core.Apps[0].ID && (deliveryID == "" || deliveryID == a.o.DeliveryID) && slices.Contains(a.o.Shops, shopID)
}

// The order_status of WeChat's page onOrderQuery.
const (
	statusWaiting    = 101
	statusAssigned   = 102
	statusCancelled  = 103
	statusAtShop     = 201
	statusPickedUp   = 202
	statusNotPicked  = 203
	statusDelivering = 301
	statusGoingBack  = 303
	statusReturned   = 401
)
