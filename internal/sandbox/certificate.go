package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"net"
	"time"
)

const (
	certificateLife  = 397 * 24 * time.Hour // what clients take at most
	certificateSpare = 24 * time.Hour       // with less than that left it is made anew
)

// Certificate is the sandbox's, and that of the authority that signed it, all PEM. The
// authority's own key was thrown away: who trusts the authority trusts nothing else by it.
type Certificate struct {
	Authority   string `json:"authority"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// NewCertificate is for host names and IP addresses.
func NewCertificate(hosts []string, now time.Time) (c Certificate, err error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	from, until := now.Add(-time.Hour), now.Add(certificateLife)
	authority := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "sandbox authority " + rand.Text()[:8], Organization: []string{"carrierhook, not for production"}},
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageCertSign,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	own := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "sandbox"},
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			own.IPAddresses = append(own.IPAddresses, ip)
		} else {
			own.DNSNames = append(own.DNSNames, host)
		}
	}
	if c.Authority, err = signed(authority, authority, authorityKey.Public(), authorityKey); err != nil {
		return c, err
	}
	if c.Certificate, err = signed(own, authority, key.Public(), authorityKey); err != nil {
		return c, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return c, err
	}
	c.Key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return c, nil
}

func signed(of, by *x509.Certificate, key crypto.PublicKey, with *ecdsa.PrivateKey) (string, error) {
	der, err := x509.CreateCertificate(rand.Reader, of, by, key, with)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

// Open returns it for a server. The error says why it is of no use for the hosts now.
func (c Certificate) Open(hosts []string, now time.Time) (tls.Certificate, error) {
	own, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.Key))
	if err != nil {
		return own, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM([]byte(c.Authority)) {
		return own, errors.New("there is no authority")
	}
	for _, host := range hosts {
		_, err := own.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: authorities, CurrentTime: now.Add(certificateSpare)})
		if err != nil {
			return own, err
		}
	}
	return own, nil
}
