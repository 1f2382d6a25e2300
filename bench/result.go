package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// report is the result file.
type report struct {
	Date     string            `json:"date"`
	Commit   string            `json:"commit"`
	Machine  machine           `json:"machine"`
	Versions map[string]string `json:"versions"`
	Commands []string          `json:"commands"`
	Postgres map[string]string `json:"postgres"`
	Plan     plan              `json:"plan"`
	Notes    []string          `json:"notes"`
	Cases    []*result         `json:"cases"`
	Beside   *besides          `json:"beside,omitempty"`
}

// result is one case over all its rounds.
type result struct {
	Case           string  `json:"case"`
	What           string  `json:"what"`
	RatioToPgbench float64 `json:"ratio_to_pgbench,omitempty"`
	RatioToAlone   float64 `json:"ratio_to_no_coalescing,omitempty"`
	RatioToSmall   float64 `json:"ratio_to_smallest,omitempty"`

	PerSecond   *spread `json:"pushes_per_second,omitempty"`
	P50         *spread `json:"p50_ms,omitempty"`
	P99         *spread `json:"p99_ms,omitempty"`
	P999        *spread `json:"p99_9_ms,omitempty"`
	PeakRSS     *spread `json:"peak_rss_mib,omitempty"`
	Allocs      *spread `json:"allocations_a_push,omitempty"`
	AllocBytes  *spread `json:"allocated_bytes_a_push,omitempty"`
	SetSize     *spread `json:"pushes_a_set,omitempty"`
	PostgresCPU *spread `json:"postgres_cpu_us_a_push,omitempty"`
	ServerCPU   *spread `json:"server_cpu_us_a_push,omitempty"`
	LoaderCPU   *spread `json:"loader_cpu_us_a_push,omitempty"`
	StartToServ *spread `json:"start_to_ready_ms,omitempty"`
	Nanoseconds *spread `json:"ns_an_operation,omitempty"`
	RatioFloor  float64 `json:"ratio_to_floor,omitempty"`

	*scanSpreads

	Rounds []round `json:"rounds"`
}

// round is one run of a case. What does not apply is 0 and left out.
type round struct {
	Round       int            `json:"round"`
	Clients     int            `json:"clients,omitempty"`
	Rate        float64        `json:"rate,omitempty"` // of an open loop
	Pushes      int            `json:"pushes,omitempty"`
	Seconds     float64        `json:"seconds,omitempty"`
	PerSecond   float64        `json:"pushes_per_second,omitempty"`
	P50         float64        `json:"p50_ms,omitempty"`
	P99         float64        `json:"p99_ms,omitempty"`
	P999        float64        `json:"p99_9_ms,omitempty"`
	Max         float64        `json:"max_ms,omitempty"`
	PeakRSS     float64        `json:"peak_rss_mib,omitempty"`
	Allocs      float64        `json:"allocations_a_push,omitempty"`
	AllocBytes  float64        `json:"allocated_bytes_a_push,omitempty"`
	SetSize     float64        `json:"pushes_a_set,omitempty"`
	PostgresCPU float64        `json:"postgres_cpu_s,omitempty"`
	ServerCPU   float64        `json:"server_cpu_s,omitempty"`
	LoaderCPU   float64        `json:"loader_cpu_s,omitempty"`
	StartToServ float64        `json:"start_to_ready_ms,omitempty"`
	Nanoseconds float64        `json:"ns_an_operation,omitempty"`
	Failed      map[string]int `json:"failed,omitempty"` // replies that were not ResultCode 0, and why
	Scans       *scanRound     `json:"scans,omitempty"`
}

// spread is a median with its minimum and maximum.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// over gathers one figure of all rounds; nil if none has it.
func over(rounds []round, figure func(round) float64) *spread {
	var all []float64
	for _, r := range rounds {
		if v := figure(r); v != 0 {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	n := len(all)
	return &spread{Median: (all[(n-1)/2] + all[n/2]) / 2, Min: all[0], Max: all[n-1]}
}

// aPush makes a figure in microseconds a push of one in seconds.
func aPush(seconds func(round) float64) func(round) float64 {
	return func(r round) float64 {
		if r.Pushes == 0 || r.Scans != nil { // what scans cost is no push's
			return 0
		}
		return seconds(r) * 1e6 / float64(r.Pushes)
	}
}

// summarise fills the figures in from the rounds.
func (r *result) summarise() {
	r.PerSecond = over(r.Rounds, func(r round) float64 { return r.PerSecond })
	r.P50 = over(r.Rounds, func(r round) float64 { return r.P50 })
	r.P99 = over(r.Rounds, func(r round) float64 { return r.P99 })
	r.P999 = over(r.Rounds, func(r round) float64 { return r.P999 })
	r.PeakRSS = over(r.Rounds, func(r round) float64 { return r.PeakRSS })
	r.Allocs = over(r.Rounds, func(r round) float64 { return r.Allocs })
	r.AllocBytes = over(r.Rounds, func(r round) float64 { return r.AllocBytes })
	r.SetSize = over(r.Rounds, func(r round) float64 { return r.SetSize })
	r.PostgresCPU = over(r.Rounds, aPush(func(r round) float64 { return r.PostgresCPU }))
	r.ServerCPU = over(r.Rounds, aPush(func(r round) float64 { return r.ServerCPU }))
	r.LoaderCPU = over(r.Rounds, aPush(func(r round) float64 { return r.LoaderCPU }))
	r.StartToServ = over(r.Rounds, func(r round) float64 { return r.StartToServ })
	r.Nanoseconds = over(r.Rounds, func(r round) float64 { return r.Nanoseconds })
	r.summariseScans()
}

// rate is the case's median; 0 for one that is not there.
func (r *result) rate() float64 {
	if r == nil || r.PerSecond == nil {
		return 0
	}
	return r.PerSecond.Median
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// failures counts what was not ResultCode 0 in the whole run, and scans that
// were not recorded.
func (rep *report) failures() (n int) {
	for _, c := range rep.Cases {
		for _, r := range c.Rounds {
			for _, f := range r.Failed {
				n += f
			}
			if r.Scans != nil {
				for _, f := range r.Scans.Failed {
					n += f
				}
			}
		}
	}
	return n
}

// write keeps the report, whole or not at all.
func (rep *report) write(path string) error {
	text, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// A name that cannot be predicted: where everybody may write, somebody could have
	// put a link there.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// percentile takes sorted latencies. It is the smallest one that at least the
// share of all do not exceed.
func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(share*float64(len(sorted))+0.999999) - 1
	return millis(sorted[min(max(i, 0), len(sorted)-1)])
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
