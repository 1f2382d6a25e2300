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

// orAnother is a usual address, or another port where that is taken, as Prometheus has
// 9090 too. One that was named on purpose stays.
func orAnother(addr, usual string) string {
	if addr != usual {
		return addr
	}
	ln, err := net.Listen("tcp", usual)
	if err != nil {
		return "127.0.0.1:0"
	}
	ln.Close()
	return usual
}
