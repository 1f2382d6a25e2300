package main

import (
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// machine is where it was measured. It has no name: a result is a file of the
// repository.
type machine struct {
	OS         string `json:"os"`
	Kernel     string `json:"kernel"`
	CPU        string `json:"cpu"`
	Processors int    `json:"processors"`
	MemoryMiB  int    `json:"memory_mib"`
}

func thisMachine() (m machine, err error) {
	m = machine{OS: runtime.GOOS + "/" + runtime.GOARCH, Kernel: output("uname", "-r"), Processors: runtime.NumCPU()}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return m, err
	}
	if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
		m.CPU = cpus[0].ModelName
	}
	if memory, err := fs.Meminfo(); err == nil && memory.MemTotalBytes != nil {
		m.MemoryMiB = int(*memory.MemTotalBytes >> 20)
	}
	return m, nil
}

// output is what a program prints, or "" where it does not run: it is for the
// report only.
func output(program string, args ...string) string {
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// readStat is what the kernel says of a process.
func readStat(pid int) (procfs.ProcStat, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return procfs.ProcStat{}, err
	}
	return p.Stat()
}

// familyCPU is the CPU time, in seconds, of a process and its children, also of
// those that have ended.
func familyCPU(pid int) (float64, error) {
	parent, err := readStat(pid)
	if err != nil {
		return 0, err
	}
	all, err := procfs.AllProcs()
	if err != nil {
		return 0, err
	}
	const ticks = 100 // a second: Linux shows hundredths to programs on every machine
	sum := parent.CPUTime() + float64(parent.CUTime+parent.CSTime)/ticks
	for _, p := range all {
		if s, err := p.Stat(); err == nil && s.PPID == pid { // it may have ended just now
			sum += s.CPUTime()
		}
	}
	return sum, nil
}

// ownCPU is the bench's own CPU time: while a run lasts, the loader's.
func ownCPU() (float64, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return usage(&u), err
}

func usage(u *syscall.Rusage) float64 {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// peakRSS is the maximum memory that a process has had, in MiB.
func peakRSS(pid int) (float64, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, err
	}
	status, err := p.NewStatus()
	return float64(status.VmHWM) / (1 << 20), err
}
