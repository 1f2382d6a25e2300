package sandbox

import "fmt"

// Patterns are those of the routes of both listeners.
func (a *API) Patterns() (all []string) {
	for path := range a.merchantRoutes() {
		all = append(all, path)
	}
	for _, e := range a.controlEndpoints() {
		all = append(all, e.Pattern)
	}
	return all
}

// IssuedTokens changes whenever a token is issued.
func (a *API) IssuedTokens() string {
	a.tokens.mu.Lock()
	defer a.tokens.mu.Unlock()
	return fmt.Sprintln(a.tokens.latest)
}

// FillCalls records so many calls, each of its own key.
func (a *API) FillCalls(n int) {
	for i := range n {
		key := fmt.Sprint("filled", i)
		a.calls.add(CarrierCall{Path: "/filled", Key: key, Done: true}, Node{Key: key, Once: true, Time: 1})
	}
}
