package localpg

import "syscall"

// dieWithUs has the kernel signal the child when the thread that starts it ends,
// and so when this process dies in whatever way. The caller keeps its goroutine
// on that thread until the child has ended; otherwise the Go runtime may retire
// the thread, and the child with it. Go sets it after the change of account,
// which would clear it.
func dieWithUs(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
