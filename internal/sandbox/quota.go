package sandbox

import (
	"slices"
	"strings"
)

// getQuota tells how often the app may call a path, and how often it has. It knows the calls of
// carriers; what else there is is not the app's.
func (a *API) getQuota(r Request) (any, *Failure) {
	path := r.Must("cgi_path", r.Text("cgi_path", MaxID))
	switch {
	case r.Failure() != nil:
		return nil, r.Failure()
	case !strings.HasPrefix(path, "/"):
		return nil, Fail(codeBadCGIPath, "it begins with /, without a host")
	case slices.Contains(a.carrierPaths(), path):
		return a.limits.quota(r.App, path, a.Now()), nil
	case a.merchantRoutes()[path] != nil, strings.Contains(path, "/sns/"):
		return nil, Fail(codeCGIPathOthers, "")
	}
	return nil, Fail(codeCGIPathUnknown, "")
}

// clearQuota makes the day's counters of the app begin again.
func (a *API) clearQuota(r Request) (any, *Failure) {
	app := r.Text("appid", MaxID)
	switch {
	case r.Failure() != nil:
		return nil, r.Failure()
	case app == "":
		return nil, Fail(codeAppIDMissing, "")
	case app != r.App:
		return nil, Fail(codeAppID, "it is not that of the access token")
	}
	if f := a.limits.clearDay(app, a.Now()); f != nil {
		return nil, f
	}
	return Done, nil
}
