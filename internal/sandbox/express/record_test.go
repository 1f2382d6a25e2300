package express

import (
	"fmt"
	"testing"
)

func numbered(id string) Order {
	return Order{ShopAppID: "wxABCD", DeliveryID: "SF", BizID: "xyz", OrderID: id, WaybillID: id, OpenID: "oUser", Token: "token"}
}

// The record is bounded, and what a reader holds does not change.
func TestRecordBounded(t *testing.T) {
	t.Parallel()
	var r record
	r.clear([]Order{numbered("first")})
	for i := range maxOrders {
		r.put(numbered(fmt.Sprint(i)))
	}
	if o, _ := r.find("wxABCD", "first"); o != nil || len(r.orders) != maxOrders || len(r.byWaybill) != maxOrders || len(r.oldest) != maxOrders {
		t.Errorf("%d orders, %d waybills", len(r.orders), len(r.byWaybill))
	}
	o, _ := r.find("wxABCD", "7")
	for i := range maxPath {
		r.addPathItem(o, PathItem{ActionTime: int64(i)})
	}
	_, kept := r.find("wxABCD", "7")
	r.addPathItem(o, PathItem{ActionTime: maxPath})
	_, now := r.find("wxABCD", "7")
	if len(now.path) != maxPath || now.path[maxPath-1].ActionTime != maxPath || kept.path[0].ActionTime != 0 || kept.path[maxPath-1].ActionTime != maxPath-1 {
		t.Errorf("%d items", len(now.path))
	}
}

// The memory of accounts is bounded, and looking at one leaves no trace.
func TestAccountsBounded(t *testing.T) {
	t.Parallel()
	var l accounts
	l.clear([]Account{{"wxABCD", "SF", "first", ""}})
	for i := range maxAccounts {
		l.find(accountKey{"wxABCD", "SF", fmt.Sprint(i)})
		l.get(accountKey{"wxABCD", "SF", fmt.Sprint("absent", i)})
	}
	if _, bound := l.get(accountKey{"wxABCD", "SF", "first"}); bound || len(l.all) != maxAccounts || len(l.oldest) != maxAccounts {
		t.Errorf("%d accounts", len(l.all))
	}
}
