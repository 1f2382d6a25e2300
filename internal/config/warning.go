package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Warning is what a server starts with although it weakens what keeps strangers
// out, lets one kind of request delay another, keeps something from somebody, or is ignored. It is logged at each
// start; what is plainly wrong is refused instead.
type Warning struct {
	Kind string // one of WarningKinds
	Text string // what is so, and what to do; it holds no secret
}

// The kinds of warnings. Each has its row in docs/runbook.md.
const (
	warnPlainMode      = "plain_mode"
	warnNoWindow       = "no_window"
	warnWeakSecret     = "weak_secret"
	warnFileWritable   = "file_writable"
	warnSecretReadable = "secret_readable"
	warnOptionalTLS    = "optional_tls"
	warnFewConnections = "few_connections"
	warnServiceLinks   = "service_links"
	warnClearEndpoint  = "clear_endpoint"
	warnSilentReviews  = "silent_reviews"
)

// WarningKinds are all kinds of warnings.
func WarningKinds() []string {
	return []string{warnPlainMode, warnNoWindow, warnWeakSecret, warnFileWritable, warnSecretReadable, warnOptionalTLS, warnFewConnections,
		warnServiceLinks, warnClearEndpoint, warnSilentReviews}
}

// warnings gathers them, each once: several secrets may be in one folder.
type warnings []Warning

func (w *warnings) addf(kind, format string, args ...any) {
	one := Warning{kind, fmt.Sprintf(format, args...)}
	if !slices.Contains(*w, one) {
		*w = append(*w, one)
	}
}

// keyf adds a warning about the named key, whose text goes on after the key's two
// names, as that of a problem does.
func (w *warnings) keyf(kind, name, format string, args ...any) {
	w.addf(kind, "%s %s", named(name), fmt.Sprintf(format, args...))
}

// warn gathers what the values of a configuration are warned of that has passed
// its check. What an operator says on purpose and cannot better is not in it: a
// database without TLS in a network of its own, an internal listener with tokens.
func (c Config) warn(w *warnings) {
	for _, a := range c.Accounts() {
		if a.Mode == "plain" {
			w.addf(warnPlainMode, "%s is plain: the signature does not cover the body, so whoever sees a push can change it, and read it; "+
				"use secure, here and in WeChat's console", c.settingOf(a, "mode"))
		}
	}
	if c.WeChat.TimestampWindow == 0 {
		w.keyf(warnNoWindow, "wechat.timestamp_window", "is 0: whoever has seen a push can send it again for ever; use 10m")
	}
	c.warnOfSecrets(w)
	c.warnOfEndpoints(w)
	c.warnOfAPI(w)
	c.warnOfReviews(w)
	if host := optionalTLS(c.Database.URL.Value()); host != "" {
		w.keyf(warnOptionalTLS, "database.url", "has an sslmode that goes to %s in clear where somebody on the way says that there is no TLS; "+
			"use sslmode=verify-full (and sslrootcert)", host)
	}
	if d := c.Database; d.BatchWorkers*BatchKinds > d.MaxConns {
		do := fmt.Sprintf("raise database.max_conns to %d", d.BatchWorkers*BatchKinds)
		if limit := d.MaxConns / BatchKinds; limit > 0 {
			do += fmt.Sprintf(", or use at most %d", limit)
		}
		w.keyf(warnFewConnections, "database.batch_workers", "is %d: the %d kinds of batches can use %d connections, and database.max_conns is %d, "+
			"so one kind can keep another one waiting; %s", d.BatchWorkers, BatchKinds, d.BatchWorkers*BatchKinds, d.MaxConns, do)
	}
}

// BatchKinds is how many kinds of requests have batches, each with
// database.batch_workers of its own.
const BatchKinds = 8

// A signature is a fast hash of the Token: whoever has seen one push tries Tokens as
// fast as a machine can. 16 random letters and digits are beyond that, and have never fewer
// than 8 different ones.
const (
	minToken     = 16
	minDifferent = 8
)

// warnableSecret is one that an operator may have chosen badly.
type warnableSecret struct {
	name  string
	value Secret
	min   int // the length where the form leaves it open
	do    string
}

func (c Config) warnOfSecrets(w *warnings) {
	secrets := []warnableSecret{
		{named("delivery.key"), c.Delivery.Key, 0, "make another with openssl rand -base64 32"},
		{named("delivery.previous_key"), c.Delivery.PreviousKey, 0, "unset it as soon as nothing is sealed with it any more"},
	}
	for _, a := range c.Accounts() {
		secrets = append(secrets,
			warnableSecret{c.settingOf(a, "token"), a.Token, minToken, "make another with openssl rand -hex 16, for here and WeChat's console"},
			warnableSecret{c.settingOf(a, "previous_token"), a.PreviousToken, minToken, "unset it as soon as no push is made with it any more"},
			warnableSecret{c.settingOf(a, "aes_key"), a.AESKey, 0, "have WeChat's console make another"},
			warnableSecret{c.settingOf(a, "previous_aes_key"), a.PreviousAESKey, 0, "unset it as soon as no push is made with it any more"},
		)
	}
	for _, s := range secrets {
		switch {
		case s.value == "":
		case len(s.value) < s.min:
			w.addf(warnWeakSecret, "%s has fewer than %d characters, and can be found by trying; %s", s.name, s.min, s.do)
		case different(s.value.Value()) < minDifferent:
			w.addf(warnWeakSecret, "%s has fewer than %d different characters, and can be found by trying; %s", s.name, minDifferent, s.do)
		}
	}
}

// settingOf names a setting of a mini program for an operator.
func (c Config) settingOf(a Account, setting string) string {
	if len(c.WeChat.Accounts) == 0 {
		return named("wechat." + setting)
	}
	return accountsKey + ": the " + setting + " of " + a.Name
}

// warnOfAPI warns of calls in clear, which hold AppSecrets and access tokens.
func (c Config) warnOfAPI(w *warnings) {
	u, err := url.Parse(c.WeChat.APIURL)
	if err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		w.keyf(warnClearEndpoint, "wechat.api_url", "is a URL with http: whoever is on the way reads AppSecrets and personal data; use https, with wechat.api_ca_file where the certificate is of your own")
	}
}

// warnOfReviews warns of mini programs for which WeChat does not hear what the carrier's
// people decide.
func (c Config) warnOfReviews(w *warnings) {
	var silent []string
	for _, a := range c.Accounts() {
		if !slices.Contains(a.Calls, CallUpdateBusiness) {
			silent = append(silent, a.Name)
		}
	}
	if !c.Merchants.Review || len(silent) == 0 {
		return
	}
	of := c.settingOf(Account{Name: strings.Join(silent, ", ")}, "calls")
	w.keyf(warnSilentReviews, "merchants.review", "is true, and %s is missing in %s: a merchant that was passed learns it only when it binds its account again; "+
		"add the call, but not to a mini program that is only for instant delivery", CallUpdateBusiness, of)
}

// different counts the characters of s, each once.
func different(s string) int {
	runes := []rune(s)
	slices.Sort(runes)
	return len(slices.Compact(runes))
}
