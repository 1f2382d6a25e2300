package config

import (
	"regexp"
	"time"
)

// Events says who is told what is decided.
type Events struct {
	Feed        bool          `key:"feed"`
	Retention   time.Duration `key:"retention"`
	QuotaMark   int           `key:"quota_mark"`
	NumbersMark int           `key:"numbers_mark"`
	Endpoints   []Endpoint    `key:"endpoints"`
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
		if why := badURL(p.URL.Value(), "https://host/path"); why != "" {
			f.keyf(endpointsKey, "%s has a url %s", p.Name, why)
		}
	}
}
