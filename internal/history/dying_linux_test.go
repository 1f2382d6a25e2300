package history

import "syscall"

// dieWithUs has the kernel kill the child when the thread that starts it ends,
// and so when the tests are killed.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
