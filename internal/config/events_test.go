package config

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/event"
)

// endpointSecret is one of Standard Webhooks.
var endpointSecret = secretPrefix + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("hush", 8)))

// endpoint writes a configuration with one endpoint. Each more is a line of its settings.
func endpoint(secretFile string, more ...string) string {
	return "events:\n  endpoints:\n  - name: dispatch\n    url: https://dispatch.example.com/hook\n    secret_file: " + secretFile + "\n" +
		strings.Join(append(more, ""), "\n")
}

// loadServing loads for serving, with credentials from variables.
func loadServing(tb testing.TB, text string) (Config, []Warning, error) {
	tb.Helper()
	return load(write(tb, text), NeedServe, serving())
}

// An endpoint has what the file says, and what is in the files that it names.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	const ca = "testdata/ca.pem"
	old := secretPrefix + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("o", 64)))
	c, _, err := loadServing(t, endpoint(write(t, endpointSecret+"\n"), "    previous_secret_file: "+write(t, old), "    ca_file: "+ca,
		"    kinds: [waybill.cancelled, order.cancelled]"))
	must(t, err)
	e := c.Events.Endpoints[0]
	if e.Name != "dispatch" || e.URL.Value() != "https://dispatch.example.com/hook" || !strings.HasPrefix(e.CA, "-----BEGIN CERTIFICATE") {
		t.Errorf("got %+v", e)
	}
	if want := []Secret{Secret(strings.Repeat("hush", 8)), Secret(strings.Repeat("o", 64))}; !reflect.DeepEqual(e.Keys, want) {
		t.Errorf("%d keys of %d bytes", len(e.Keys), len(e.Keys[0]))
	}
	if got := c.WantedEvents(); !slices.Equal(got, []event.Kind{event.WaybillCancelled, event.OrderCancelled}) {
		t.Errorf("wanted %q", got)
	}
	if shown := fmt.Sprintf("%v %+v %#v %x", c, c, c, c.Summary()); strings.Contains(shown, "hush") || strings.Contains(shown, "dispatch.example") {
		t.Errorf("shown: %s", shown)
	}
}

// Other commands need no secrets, and may not be able to read them.
func TestEndpointFilesForServingOnly(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, endpoint("/none"))
	if len(c.Events.Endpoints) != 1 || c.Events.Endpoints[0].Keys != nil {
		t.Errorf("got %+v", c.Events)
	}
}

// What somebody wants is written: all for the feed and for an endpoint without kinds.
func TestWanted(t *testing.T) {
	t.Parallel()
	c := Default()
	if got := c.WantedEvents(); len(got) != 0 {
		t.Errorf("nobody wants %q", got)
	}
	c.Events.Feed = true
	if got := c.WantedEvents(); !slices.Equal(got, event.Kinds()) {
		t.Errorf("the feed wants %q", got)
	}
	c = mustLoad(t, endpoint("/none", "  - {name: all, url: 'http://10.1.2.3:80/', secret_file: /none}"))
	if got := c.WantedEvents(); !slices.Equal(got, event.Kinds()) {
		t.Errorf("an endpoint without kinds wants %q", got)
	}
	c = Default()
	c.WeChat.Calls = []string{CallUpdateOrder, CallUpdatePath}
	if got := c.WantedEvents(); !slices.Equal(got, []event.Kind{event.WaybillScanned, event.OrderStatusChanged}) {
		t.Errorf("calls want %q", got)
	}
	c.WeChat.Accounts = []Account{{Name: "one", Calls: []string{CallUpdateBusiness}}, {Name: "two"}}
	c.Events.Endpoints = []Endpoint{{Name: "dispatch", Kinds: []event.Kind{event.WaybillBooked}}}
	want := map[string][]event.Kind{"wechat.one.updateBusiness": {event.MerchantReviewed}, "dispatch": {event.WaybillBooked}}
	if got := c.EndpointKinds(); !reflect.DeepEqual(got, want) {
		t.Errorf("endpoints are %q", got)
	}
}

// Each call is made of events of one kind.
func TestCallEndpoints(t *testing.T) {
	t.Parallel()
	for _, e := range (Account{Name: "a", Calls: CallNames()}).CallEndpoints() {
		if e.Name != "wechat.a."+e.Call || !slices.Contains(event.Kinds(), e.Kind) {
			t.Errorf("%+v", e)
		}
	}
}

// What is wrong with an endpoint is said, without what a secret file holds.
func TestEndpointProblems(t *testing.T) {
	t.Parallel()
	right := write(t, endpointSecret)
	of := func(settings string) string { return "events: {endpoints: [" + settings + "]}" }
	named := func(url string) string { return of(fmt.Sprintf("{name: a, url: %q, secret_file: %q}", url, right)) }
	for name, tc := range map[string]struct{ text, says string }{
		"no list":            {"events: {endpoints: https://a}", "not a list"},
		"a text":             {of("https://a"), "entry 1 without settings"},
		"a misspelt setting": {of("{name: a, urll: x}"), "did you mean url?"},
		"a number":           {of("{name: 7}"), "entry 1 has a name that is not text"},
		"no name":            {of("{url: 'https://a'}"), "entry 1 has no plain name"},
		"a name in capitals": {of("{name: Dispatch}"), "no plain name"},
		"one name twice":     {of("{name: a, url: 'https://a', secret_file: b}, {name: a, url: 'https://b', secret_file: b}"), "has the name a twice"},
		"an unknown kind":    {of("{name: a, kinds: [waybill.lost]}"), "waybill.booked"},
		"no secret":          {of("{name: a, url: 'https://a'}"), "has no secret_file"},
		"no url":             {of("{name: a, secret_file: b}"), "write https://host/path"},
		"another scheme":     {named("ftp://a/"), "write https://host/path"},
		"no host":            {named("https:///x"), "write https://host/path"},
		"in clear":           {named("http://192.0.2.7/x"), "goes in clear"},
		"link-local":         {named("http://169.254.169.254/latest"), "nothing is sent to"},
		"link-local, mapped": {named("https://[::ffff:169.254.169.254]/"), "nothing is sent to"},
		"link-local 6":       {named("https://[fe80::1]/"), "nothing is sent to"},
		"multicast":          {named("https://224.0.0.1/"), "nothing is sent to"},
		"any address":        {named("https://0.0.0.0/"), "nothing is sent to"},
		"no secret file":     {endpoint("/none"), "its secret_file names cannot be read"},
		"another secret":     {endpoint(write(t, "hush")), "its secret_file names is not whsec_"},
		"a short one":        {endpoint(write(t, secretPrefix+"aHVzaA==")), "its secret_file names is not whsec_"},
		"without whsec_":     {endpoint(write(t, endpointSecret[len(secretPrefix):])), "its secret_file names is not whsec_"},
		"no certificates":    {endpoint(right, "    ca_file: "+right), "no certificate in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := loadServing(t, tc.text)
			if err == nil {
				t.Fatal("accepted")
			}
			onlyProblem(t, strings.Split(err.Error(), "\n"), "events.endpoints ", tc.says)
			if strings.Contains(err.Error(), "CARRIERHOOK_EVENTS_ENDPOINTS") {
				t.Errorf("%v names a variable that nothing reads", err)
			}
			if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "aHVz") {
				t.Errorf("%v shows a secret", err)
			}
		})
	}
	onlyProblem(t, loadProblems(t, NeedNothing, "", "CARRIERHOOK_EVENTS_ENDPOINTS=https://a"), "only the configuration file can hold; write it there and unset CARRIERHOOK_EVENTS_ENDPOINTS")
}

// What an endpoint weakens is warned of.
func TestEndpointWarnings(t *testing.T) {
	t.Parallel()
	secret := write(t, endpointSecret)
	chmod(t, secret, 0o666)
	_, warnings, err := loadServing(t, strings.ReplaceAll(endpoint(secret), "https://dispatch.example.com", "http://dispatch"))
	must(t, err)
	for _, kind := range []string{warnClearEndpoint, warnFileWritable} {
		if !slices.ContainsFunc(warnings, func(w Warning) bool {
			return w.Kind == kind && !strings.Contains(w.Text, "/hook") && !strings.Contains(w.Text, "CARRIERHOOK_")
		}) {
			t.Errorf("no %s in %q", kind, warnings)
		}
	}
}
