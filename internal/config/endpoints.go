package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"carrierhook/internal/event"
)

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

func parseEndpoints(raw any) ([]Endpoint, error) {
	return parseEntries(raw, "name, url and secret_file", "endpoint", func(given map[string]any) (e Endpoint, err error) {
		var kinds []string
		err = parseEntry(given, map[string]any{
			"name": &e.Name, "url": &e.URL, "secret_file": &e.SecretFile, "previous_secret_file": &e.PreviousSecretFile,
			"ca_file": &e.CAFile, "kinds": &kinds,
		})
		for _, k := range kinds {
			if err == nil && !slices.Contains(event.Kinds(), event.Kind(k)) {
				err = fmt.Errorf("has the kind %q, which there is not; the kinds are %s", k, joined(event.Kinds()))
			}
			e.Kinds = append(e.Kinds, event.Kind(k))
		}
		return e, err
	})
}

func joined(kinds []event.Kind) string {
	texts := make([]string, 0, len(kinds))
	for _, k := range kinds {
		texts = append(texts, string(k))
	}
	return strings.Join(texts, ", ")
}

// badURL says why nothing can be sent to a URL, which should be as form. Where a name leads
// is known when it is called.
func badURL(text, form string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "" {
		return "that is none; write " + form
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if ip = ip.Unmap(); err != nil {
		if CheckHost(u.Hostname()) != nil {
			return "without a host; write " + form
		}
		return ""
	}
	switch {
	case ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast():
		return "with an address that nothing is sent to; name the host"
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
		text, err := readCertificates(e.CAFile, w)
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
