package config

import (
	"slices"

	"carrierhook/internal/event"
)

// CallEndpoint is one of WeChat's calls of one mini program: events are sent to it as to an
// endpoint of events.endpoints.
type CallEndpoint struct {
	Name string // no name of events.endpoints has a point
	Call string
	Kind event.Kind // that the call is made of
}

// CallEndpoints are those of the calls of a mini program.
func (a Account) CallEndpoints() (all []CallEndpoint) {
	for _, call := range a.Calls {
		all = append(all, CallEndpoint{Name: "wechat." + a.Name + "." + call, Call: call, Kind: map[string]event.Kind{
			CallUpdatePath: event.WaybillScanned, CallUpdateOrder: event.OrderStatusChanged, CallUpdateBusiness: event.MerchantReviewed,
		}[call]})
	}
	return all
}

// EndpointKinds gives the kinds that each endpoint wants, by its name.
func (c Config) EndpointKinds() map[string][]event.Kind {
	kinds := map[string][]event.Kind{}
	for _, e := range c.Events.Endpoints {
		kinds[e.Name] = e.Wanted()
	}
	for _, a := range c.Accounts() {
		for _, e := range a.CallEndpoints() {
			kinds[e.Name] = []event.Kind{e.Kind}
		}
	}
	return kinds
}

// WantedEvents are the kinds that somebody wants, in the order of event.Kinds.
func (c Config) WantedEvents() []event.Kind {
	endpoints := c.EndpointKinds()
	return slices.DeleteFunc(event.Kinds(), func(k event.Kind) bool {
		if c.Events.Feed {
			return false
		}
		for _, kinds := range endpoints {
			if slices.Contains(kinds, k) {
				return false
			}
		}
		return true
	})
}
