package config

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"carrierhook/internal/event"
)

// Events says who is told what is decided.
type Events struct {
	Feed        bool          `key:"feed"`
	Retention   time.Duration `key:"retention"`
	QuotaMark   int           `key:"quota_mark"`
	NumbersMark int           `key:"numbers_mark"`
	Endpoints   []Endpoint    `key:"endpoints"`
}

// Endpoint is where a system of the carrier's takes events. Its text is its name.
type Endpoint struct {
	Name               string
	URL                Secret // it may have a user, or a key in its query
	SecretFile         string
	PreviousSecretFile string       // while the secret is being changed
	CAFile             string       // PEM; empty: the machine's own
	Kinds              []event.Kind // none: all

	// What is in the files, of a configuration that was loaded for serving.
	Keys []Secret // decoded: of the secret, then of the previous one
	CA   string
}

func (e Endpoint) String() string { return e.Name }

// Wanted are the kinds that the endpoint wants.
func (e Endpoint) Wanted() []event.Kind {
	if len(e.Kinds) == 0 {
		return event.Kinds()
	}
	return e.Kinds
}

// Wanted are the kinds that somebody wants, in the order of event.Kinds.
func (e Events) Wanted() []event.Kind {
	return slices.DeleteFunc(event.Kinds(), func(k event.Kind) bool {
		return !e.Feed && !slices.ContainsFunc(e.Endpoints, func(p Endpoint) bool { return slices.Contains(p.Wanted(), k) })
	})
}

const (
	endpointsKey      = "events.endpoints"
	maxEndpoints      = 32
	minEventRetention = 96 * time.Hour // what an endpoint may be sent again for, 91 hours, and some
	maxEventRetention = 90 * 24 * time.Hour
	maxMark           = 1_000_000_000
	minSecretBytes    = 24
	maxSecretBytes    = 64
	secretPrefix      = "whsec_"
)

var endpointName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// parseEndpoints reads the list. What is wrong in an entry is said without its value,
// which may have been meant for a file.
func parseEndpoints(raw any) ([]Endpoint, error) {
	list, ok := raw.([]any)
	if !ok {
		return nil, errors.New("is not a list; write an entry with name, url and secret_file for each endpoint")
	}
	endpoints := make([]Endpoint, 0, len(list))
	for i, item := range list {
		fields, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("has an entry %d without settings; write its name, url and secret_file", i+1)
		}
		e, err := parseEndpoint(fields)
		if err != nil {
			return nil, fmt.Errorf("entry %d %w", i+1, err)
		}
		endpoints = append(endpoints, e)
	}
	return endpoints, nil
}

func parseEndpoint(fields map[string]any) (e Endpoint, err error) {
	var kinds []string
	into := map[string]any{
		"name": &e.Name, "url": &e.URL, "secret_file": &e.SecretFile, "previous_secret_file": &e.PreviousSecretFile,
		"ca_file": &e.CAFile, "kinds": &kinds,
	}
	known := slices.Sorted(maps.Keys(into))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch value, ok := into[name]; {
		case !ok:
			return e, fmt.Errorf("has %q, which nothing reads; %s", name, advice(name, known))
		case fields[name] == nil:
		default:
			if err := set(value, fields[name]); err != nil {
				return e, fmt.Errorf("has a %s that %w", name, err)
			}
		}
	}
	for _, k := range kinds {
		if !slices.Contains(event.Kinds(), event.Kind(k)) {
			return e, fmt.Errorf("has the kind %q, which there is not; the kinds are %s", k, joined(event.Kinds()))
		}
		e.Kinds = append(e.Kinds, event.Kind(k))
	}
	return e, nil
}

func joined(kinds []event.Kind) string {
	texts := make([]string, 0, len(kinds))
	for _, k := range kinds {
		texts = append(texts, string(k))
	}
	return strings.Join(texts, ", ")
}

func (c Config) checkEvents(f *problems) {
	e := c.Events
	between(f, "events.retention", e.Retention, minEventRetention, maxEventRetention)
	between(f, "events.quota_mark", e.QuotaMark, 0, maxMark)
	between(f, "events.numbers_mark", e.NumbersMark, 0, maxMark)
	if len(e.Endpoints) > maxEndpoints {
		f.keyf(endpointsKey, "has %d entries; use at most %d", len(e.Endpoints), maxEndpoints)
	}
	names := map[string]bool{}
	for i, p := range e.Endpoints {
		switch {
		case !endpointName.MatchString(p.Name):
			f.keyf(endpointsKey, "entry %d has no plain name; give it one of at most 32 small letters, digits, _ and -", i+1)
		case names[p.Name]:
			f.keyf(endpointsKey, "has the name %s twice; give each endpoint its own", p.Name)
		case p.SecretFile == "":
			f.keyf(endpointsKey, "%s has no secret_file; name a file that holds %s and %d to %d random bytes in base64", p.Name, secretPrefix, minSecretBytes, maxSecretBytes)
		}
		names[p.Name] = true
		if why := badURL(p.URL.Value()); why != "" {
			f.keyf(endpointsKey, "%s has a url %s", p.Name, why)
		}
	}
}

// badURL says why events cannot be sent to a URL. Where a name leads is known when it is
// called.
func badURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "" {
		return "that is none; write https://host/path"
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if ip = ip.Unmap(); err != nil {
		if CheckHost(u.Hostname()) != nil {
			return "without a host; write https://host/path"
		}
		return ""
	}
	switch {
	case ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast():
		return "with an address that nothing is sent to; name the endpoint's host"
	case u.Scheme == "http" && !ip.IsLoopback() && !ip.IsPrivate():
		return "that goes in clear to a public address; use https"
	}
	return ""
}

func (c Config) warnOfEndpoints(w *warnings) {
	for _, p := range c.Events.Endpoints {
		if strings.HasPrefix(p.URL.Value(), "http:") {
			w.keyf(warnClearEndpoint, endpointsKey, "has %s with http: whoever is on the way reads its events; use https, with ca_file where the certificate is of your own", p.Name)
		}
	}
}

// readEndpointFiles reads the secrets and certificates. A problem shows no file's name,
// as with other secrets: somebody may have written the secret in its place.
func (c *Config) readEndpointFiles(f *problems, w *warnings) {
	for i := range c.Events.Endpoints {
		e := &c.Events.Endpoints[i]
		for _, named := range []struct{ setting, path string }{
			{"secret_file", e.SecretFile}, {"previous_secret_file", e.PreviousSecretFile},
		} {
			if named.path == "" {
				continue
			}
			text, err := readNamed("secret file", named.path, true, w)
			var key []byte
			if err == nil {
				key, err = decodeSecret(text)
			}
			if err != nil {
				f.keyf(endpointsKey, "%s: what its %s names %w", e.Name, named.setting, err)
				continue
			}
			e.Keys = append(e.Keys, Secret(key))
		}
		if e.CAFile == "" {
			continue
		}
		text, err := readNamed("certificates", e.CAFile, false, w)
		if err == nil && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
			err = errors.New("has no certificate in PEM; write those of the authority there")
		}
		if err != nil {
			f.keyf(endpointsKey, "%s: what its ca_file names %w", e.Name, err)
		}
		e.CA = text
	}
}

func readNamed(what, path string, secret bool, w *warnings) (string, error) {
	file, err := openFile(what, path)
	if err != nil {
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathErr.Err
		}
		return "", fmt.Errorf("cannot be read: %w; name a file that this account may read", err)
	}
	file.warn(secret, w)
	return strings.TrimRight(string(file.text), "\r\n"), nil
}

// decodeSecret reads a secret of Standard Webhooks. The error shows nothing of it.
func decodeSecret(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(key) < minSecretBytes || len(key) > maxSecretBytes {
		return nil, fmt.Errorf("is not %s and %d to %d bytes in base64 behind it; make one with: echo %s$(openssl rand -base64 32)",
			secretPrefix, minSecretBytes, maxSecretBytes, secretPrefix)
	}
	return key, nil
}
