package config

import (
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// serviceLink is how the variables are called that Kubernetes puts into each pod of a
// namespace for a Service of it, named after the Service: of one that is called as this
// program is, they begin as settings do.
var serviceLink = regexp.MustCompile(`^CARRIERHOOK_(?:[A-Z0-9_]+?_)??(?:(SERVICE_HOST)|(SERVICE_PORT)(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(PROTO|PORT|ADDR))?)?)$`)

// isServiceLink tells by name and value: a setting that is misspelt like one stays an error.
func isServiceLink(name, value string) bool {
	m := serviceLink.FindStringSubmatch(name)
	switch {
	case m == nil:
		return false
	case m[1] != "" || m[3] == "ADDR":
		return isIP(value)
	case m[2] != "" || m[3] == "PORT":
		return isPort(value)
	case m[3] == "PROTO":
		return value == "tcp" || value == "udp" || value == "sctp"
	}
	u, err := url.Parse(value) // tcp://10.0.0.7:8080
	return err == nil && slices.Contains([]string{"tcp", "udp", "sctp"}, u.Scheme) && isIP(u.Hostname()) && isPort(u.Port())
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// dropServiceLinks takes them out of the variables, and says so once.
func dropServiceLinks(vars map[string]string, w *warnings) {
	links := 0
	first := ""
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !isServiceLink(name, vars[name]) {
			continue
		}
		delete(vars, name)
		if links++; links == 1 {
			first = name
		}
	}
	if links > 0 {
		w.addf(warnServiceLinks, "%s, in all %d of such variables, come from Kubernetes, for a Service that is called as their names begin, and are ignored; "+
			"enableServiceLinks: false in the pod's spec leaves them out", first, links)
	}
}
