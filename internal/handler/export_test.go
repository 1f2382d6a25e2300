package handler

import "net"

// Stamped is what Listen makes of a listener, for one that has no address.
func Stamped(ln net.Listener, max int) net.Listener { return newListener(ln, max) }
