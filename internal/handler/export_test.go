package handler

import "net"

// Stamped is what Listen makes of a listener, for one that has no address.
func Stamped(ln net.Listener) net.Listener { return newListener(ln, 0) }
