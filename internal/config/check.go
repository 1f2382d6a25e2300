package config

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"carrierhook/internal/input"
	"carrierhook/internal/pgurl"
)

// The limits, each with what it comes from.
const (
	maxDeadline    = 4500 * time.Millisecond // WeChat hangs up after 5s; the answer has to travel
	minTimeout     = time.Millisecond        // Postgres counts in these; less would be 0, which is "none"
	minRetention   = 31 * 24 * time.Hour     // the ledger drops whole months
	maxConns       = 1000
	maxBatchSize   = 1000
	minBody        = 16 << 10 // the longest honest push fits in, in compatible mode three times its size
	maxBody        = 16 << 20
	maxInFlight    = 100_000
	maxConnections = 100_000
	minRefresh     = 100 * time.Millisecond // each refresh is a query of each server
	maxRefresh     = time.Hour
	maxNumberBlock = 100_000        // a server that stops loses what is left of its numbers
	maxCode        = 128            // bytes, as in the catalogue
	minPrivacy     = 24 * time.Hour // less would erase what the courier still has to read
)

// Check finds everything that is wrong with c for a command with that need.
// Load calls it; call it again after changing a loaded Config.
func (c Config) Check(need Need) error {
	var f problems
	c.check(need, &f)
	return f.err()
}

func (c Config) check(need Need, f *problems) {
	c.checkListeners(f)
	c.checkHosts(f)
	c.checkTokens(need, f)
	c.checkCredentials(need, f)
	c.checkPushes(f)
	c.checkAccounts(need, f)
	c.checkDatabase(need, f) // after the pushes: it compares with their deadline

	oneOf(f, "language", c.Language, "zh", "en")
	c.checkServices(f)
	between(f, "booking.refresh", c.Booking.Refresh, minRefresh, maxRefresh)
	between(f, "booking.number_block", c.Booking.NumberBlock, 1, maxNumberBlock)
	c.checkDelivery(need, f)
	c.checkEvents(f)
	if r := c.Privacy.Retention; r != 0 && r < minPrivacy {
		f.keyf("privacy.retention", "is %v: parcels are still on their way; use at least %v, or 0 to keep personal data for ever", r, minPrivacy)
	}
	if r := c.Ledger.Retention; r != 0 && r < minRetention {
		f.keyf("ledger.retention", "is %v: the ledger is kept by whole months; use at least %v, or 0 to keep it for ever", r, minRetention)
	}
	oneOf(f, "log.level", c.Log.Level, "debug", "info", "warn", "error")

	// The file and the environment cannot bring a negative duration this far; a flag can.
	for _, k := range keys() {
		if d, ok := k.of(&c).Interface().(time.Duration); ok && d < 0 {
			f.keyf(k.name, "is %v: a duration cannot be negative; use 0 or more", d)
		}
	}
}

func (c Config) checkListeners(f *problems) {
	host, port, ok := address(f, "listen", c.Listen)
	internalHost, internalPort, internalOK := address(f, "internal_listen", c.InternalListen)
	if !ok || !internalOK || f.has("listen", "internal_listen") {
		return
	}
	sameHost := host == internalHost || wildcard(host) || wildcard(internalHost)
	if port == internalPort && port != 0 && sameHost {
		f.keyf("internal_listen", "is %q: listen has the same port; use another one", c.InternalListen)
	}
}

// address takes host:port apart. Port 0 lets the system choose one.
func address(f *problems, name, s string) (host string, port uint64, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i >= 0 {
		host = strings.Trim(s[:i], "[]")
		var err error
		port, err = strconv.ParseUint(s[i+1:], 10, 16)
		ok = err == nil && (!strings.Contains(host, ":") || strings.HasPrefix(s, "["))
	}
	if !ok {
		f.keyf(name, "is %q: not an address; write host:port or :port, such as 127.0.0.1:8080", s)
	}
	return host, port, ok
}

// wildcard tells whether the host stands for every address of the machine.
func wildcard(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

// loopback tells whether only this machine reaches the host. A name is believed
// to be elsewhere, but for the one that everybody knows.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func (c Config) checkDatabase(need Need, f *problems) {
	d := c.Database
	switch {
	case !need.database() || f.has("database.url", "database.dir"):
	case d.URL == "" && d.Dir == "":
		f.keyf("database.url", "is not set, nor is database.dir; name a Postgres by its URL, or a directory for a private one")
	case strings.ContainsFunc(d.Dir, unicode.IsControl):
		f.keyf("database.dir", "is %q: has a line break or another control character in it; write it again", d.Dir)
	case d.URL != "" && d.Dir != "":
		f.keyf("database.url", "is set, and so is database.dir; unset the one you do not mean")
	}
	if _, err := pgurl.Parse(d.URL.Value()); d.URL != "" && err != nil {
		f.keyf("database.url", "%w", err)
	} else if host := unsaidTLS(d.URL.Value()); host != "" {
		f.keyf("database.url", "does not say how the way to %s is protected, and would go in clear where the server offers nothing else; "+
			"add sslmode=verify-full (and sslrootcert), or sslmode=disable in a network that nobody else is in", host)
	}
	between(f, "database.max_conns", d.MaxConns, 1, maxConns)
	between(f, "database.batch_workers", d.BatchWorkers, 1, maxConns)
	if !f.has("database.max_conns") && d.BatchWorkers > d.MaxConns {
		f.keyf("database.batch_workers", "is %d: each worker needs a connection, and database.max_conns is %d; use at most %d", d.BatchWorkers, d.MaxConns, d.MaxConns)
	}
	between(f, "database.batch_size", d.BatchSize, 1, maxBatchSize)
	oneOf(f, "database.query_mode", d.QueryMode,
		"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol")

	const zero = "Postgres would take it for no limit"
	if d.StatementTimeout < minTimeout {
		f.keyf("database.statement_timeout", "is %v: %s; use at least %v", d.StatementTimeout, zero, minTimeout)
	} else if d.StatementTimeout >= c.WeChat.Deadline && !f.has("database.statement_timeout", "wechat.deadline") {
		f.keyf("database.statement_timeout", "is %v: not below wechat.deadline (%v), so that no time is left to answer; use less", d.StatementTimeout, c.WeChat.Deadline)
	}
	if d.LockTimeout < minTimeout {
		f.keyf("database.lock_timeout", "is %v: %s; use at least %v", d.LockTimeout, zero, minTimeout)
	} else if d.LockTimeout >= d.StatementTimeout && !f.has("database.lock_timeout", "database.statement_timeout") {
		f.keyf("database.lock_timeout", "is %v: not below database.statement_timeout (%v), which would end the wait first; use less", d.LockTimeout, d.StatementTimeout)
	}
}

// checkServices refuses what no service can be called by. Whether there is one of a code
// is known when the catalogue was read.
func (c Config) checkServices(f *problems) {
	const key = "cancel.services_without_cancelling"
	for i, code := range c.Cancel.ServicesWithoutCancelling {
		if _, err := input.CleanCode(code, maxCode); err != nil {
			f.keyf(key, "has %q as entry %d, which %w; write the codes of services.csv, in a variable with plain commas (,) between them", code, i+1, err)
		}
	}
}

func (c Config) checkPushes(f *problems) {
	w := c.WeChat
	oneOf(f, "wechat.mode", w.Mode, modes...)
	c.checkAPI(f)
	if w.Deadline <= 0 || w.Deadline > maxDeadline {
		f.keyf("wechat.deadline", "is %v: WeChat hangs up after 5s, and the answer has to travel; use more than 0 and at most %v", w.Deadline, maxDeadline)
	}
	between(f, "wechat.max_body", w.MaxBody, minBody, maxBody)
	between(f, "max_connections", c.MaxConnections, 16, maxConnections)
	between(f, "wechat.max_in_flight", w.MaxInFlight, 1, maxInFlight)
}

// checkAPI refuses what calls to WeChat cannot be made to. A user in the URL may be a secret.
func (c Config) checkAPI(f *problems) {
	const key, form = "wechat.api_url", "https://host"
	u, err := url.Parse(c.WeChat.APIURL)
	if why := badURL(c.WeChat.APIURL, form); why != "" {
		f.keyf(key, "is a URL %s", why)
	} else if err != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.User != nil {
		f.keyf(key, "is more than a host; write "+form+", without a path, a slash at its end, a query or a user")
	}
}

func between[T cmp.Ordered](f *problems, name string, n, low, high T) {
	if n < low || n > high {
		f.keyf(name, "is %v: out of range; use %v to %v", n, low, high)
	}
}

func oneOf(f *problems, name, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.keyf(name, "is %q: not known; use one of %s", value, strings.Join(allowed, ", "))
	}
}
