package main

import (
	"fmt"
	"net"
)

// stayLocal refuses an address of a flag's that other machines reach. A name is
// looked up, for some machines' own is a loopback address.
func stayLocal(flag, addr string) error {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return fmt.Errorf("--%s %s: %w", flag, addr, err)
	}
	if !at.IP.IsLoopback() {
		return fmt.Errorf("--%s %s can be reached from other machines, and whoever does needs no secret; use 127.0.0.1, or add --allow-remote", flag, addr)
	}
	return nil
}

// reached is a listener's address as this machine calls it, also where it listens on
// all of them.
func reached(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok || !t.IP.IsUnspecified() {
		return a.String()
	}
	return fmt.Sprint("127.0.0.1:", t.Port)
}
