package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"time"

	"carrierhook/internal/datadir"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
)

// The sandbox's files in its data directory.
const (
	sandboxTLSName       = "sandbox-tls.json" // a sandbox.Certificate
	sandboxAuthorityName = "sandbox-ca.pem"   // for clients
)

// identity is what the sandbox shows to clients that come by TLS.
type identity struct {
	authority string // PEM
	file      string // where that is for clients, "" if it was not kept
	config    *tls.Config
}

// identify takes the certificate that was kept in a directory if it fits, else a new one,
// which is kept there. Without a directory there is a new one at each start.
func (b *box) identify(dir *datadir.Dir) error {
	hosts, err := b.hosts()
	if err != nil {
		return err
	}
	var kept sandbox.Certificate
	if dir != nil {
		if err := demo.ReadJSON(dir, sandboxTLSName, &kept); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--dir: %w", err)
		}
	}
	own, err := kept.Open(hosts, time.Now())
	if err != nil {
		if kept, err = sandbox.NewCertificate(hosts, time.Now()); err != nil {
			return err
		}
		if own, err = kept.Open(hosts, time.Now()); err != nil {
			return err
		}
		if dir != nil {
			if err := demo.WriteJSON(dir, sandboxTLSName, kept); err != nil {
				return fmt.Errorf("--dir: %w", err)
			}
		}
	}
	b.identity = &identity{authority: kept.Authority, config: &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}}
	if dir == nil {
		return nil
	}
	b.identity.file = dir.Join(sandboxAuthorityName)
	if err := dir.WriteFile(sandboxAuthorityName, []byte(kept.Authority)); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	return nil
}

// hosts are those that the merchants' listener may be called by.
func (b *box) hosts() ([]string, error) {
	list := append([]string{"localhost", "127.0.0.1", "::1"}, b.flags.hosts...)
	at, ok := b.merchant.Addr().(*net.TCPAddr)
	switch {
	case !ok || !b.flags.allowRemote:
	case !at.IP.IsUnspecified():
		list = append(list, at.IP.String())
	default:
		all, err := net.InterfaceAddrs()
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if n, ok := a.(*net.IPNet); ok {
				list = append(list, n.IP.String())
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// trust says what a client needs in order to come by TLS.
func (b *box) trust() string {
	switch {
	case b.identity == nil:
		return ""
	case b.identity.file != "":
		return "It is called by TLS. Clients have to trust this authority, which is in " + b.identity.file + ":\n" + b.identity.authority
	}
	return "It is called by TLS. Clients have to trust this authority, which is new at every start; --dir names a folder that keeps it.\n" +
		"Save it as " + sandboxAuthorityName + " for the lines below:\n" + b.identity.authority
}

// base is the URL of the merchants' listener, as this machine calls it.
func (b *box) base() string {
	scheme := "http"
	if b.identity != nil {
		scheme = "https"
	}
	return scheme + "://" + reached(b.merchant.Addr())
}

// curl is how a line of sh calls it.
func (b *box) curl() string {
	switch {
	case b.identity == nil:
		return "curl -sS"
	case b.identity.file != "":
		return "curl -sS --cacert '" + b.identity.file + "'"
	}
	return "curl -sS --cacert " + sandboxAuthorityName
}
