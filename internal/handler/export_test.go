package handler

import "net"

// Stamped is what Listen makes of a listener, for one that has no address.
func Stamped(ln net.Listener, o ListenOptions) net.Listener { return newListener(ln, o) }
