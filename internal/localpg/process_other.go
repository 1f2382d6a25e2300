//go:build unix && !linux

package localpg

import "syscall"

// dieWithUs does nothing: only Linux can tell a child that its parent died. A
// server whose owner was killed stays, and the next start says so.
func dieWithUs(*syscall.SysProcAttr, syscall.Signal) {}

// users: only Linux can tell. Postgres's own check of postmaster.pid remains.
func users(string, func()) (pids []int, sure bool, err error) { return nil, false, nil }

func moment() {}

func stranger(int, string) bool { return false }
