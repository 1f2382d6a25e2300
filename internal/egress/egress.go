// Package egress is what HTTP clients share that call servers of others: how they
// connect, to which addresses they do not, and what they say of a request that failed.
//
// It knows no request, and shows nothing of one: a URL may have a key in it.
package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout      = 5 * time.Second
	idleTimeout      = 60 * time.Second
	maxAnswerHeaders = 32 << 10
)

// Conns makes connections to one host, so many at most. It uses no proxy. secure says
// that the URL is one of https; ca has the certificates of its authority in PEM, empty:
// those of the system.
func Conns(secure bool, ca string, maxConns int) (*http.Transport, error) {
	var roots *x509.CertPool
	if ca != "" {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(ca)) {
			return nil, errors.New("the authority has no certificate in PEM")
		}
	}
	dialer := net.Dialer{Timeout: dialTimeout, Control: CheckAddress(secure)}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		MaxConnsPerHost:        maxConns,
		MaxIdleConnsPerHost:    maxConns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxAnswerHeaders,
		DisableCompression:     true,
	}, nil
}
