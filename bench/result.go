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
	Command  string            `json:"command"`
	Postgres map[string]string `json:"postgres"`
	Plan     plan              `json:"plan"`
	Notes    []string          `json:"notes"`
	Cases    []*result         `json:"cases"`
	Beside   *besides          `json:"beside,omitempty"`
}

// result is one case over all its rounds.
type result struct {
	Case    string             `json:"case"`
	What    string             `json:"what"`
	Ratios  map[string]float64 `json:"ratios,omitempty"` // of medians, to those of another case
	Figures map[string]spread  `json:"figures"`
	Rounds  []round            `json:"rounds"`
}

// round is one run of a case.
type round struct {
	Round   int            `json:"round"`
	Figures figures        `json:"figures"`
	Failed  map[string]int `json:"failed,omitempty"` // replies that were not ResultCode 0, scans that were not recorded, and why
}

// figures are what was measured, by name. What does not apply is not there.
type figures map[string]float64

// latencies adds those of what has the prefix.
func (f figures) latencies(prefix string, all []time.Duration) {
	slices.Sort(all)
	for name, share := range map[string]float64{"p50_ms": 0.5, "p99_ms": 0.99, "p99_9_ms": 0.999, "max_ms": 1} {
		f[prefix+name] = percentile(all, share)
	}
}

// spread is a median with its minimum and maximum.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(all []float64) spread {
	slices.Sort(all)
	n := len(all)
	return spread{Median: (all[(n-1)/2] + all[n/2]) / 2, Min: all[0], Max: all[n-1]}
}

// summarise makes the figures of a case from those of its rounds.
func (r *result) summarise() {
	all := map[string][]float64{}
	for _, n := range r.Rounds {
		for name, v := range n.Figures {
			all[name] = append(all[name], v)
		}
	}
	r.Figures = map[string]spread{}
	for name, values := range all {
		r.Figures[name] = spreadOf(values)
	}
}

// figure is a ratio or a median; false where the case has none of that name.
func (r *result) figure(name string) (v float64, ok bool) {
	if v, ok = r.Ratios[name]; ok {
		return v, true
	}
	s, ok := r.Figures[name]
	return s.Median, ok
}

// compare sets a ratio of the rates of two cases.
func (r *result) compare(name string, to *result) {
	if r.Ratios == nil {
		r.Ratios = map[string]float64{}
	}
	r.Ratios[name] = ratio(r.rate(), to.rate())
}

func (r *result) rate() float64 { return r.Figures["pushes_per_second"].Median }

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
