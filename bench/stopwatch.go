package main

import "runtime"

// stopwatch sums what the measured stretches of a run cost.
type stopwatch struct {
	s                        *server
	pg                       *postgres
	postgres, server, loader float64 // seconds of CPU time
	metrics                  map[string]float64
}

func newStopwatch(s *server, w *database) *stopwatch {
	return &stopwatch{s: s, pg: w.pg}
}

// measure does f with the meters running, and with the loader on one processor:
// on more, most of what it does is wake itself up. Without a stopwatch it does f.
func (w *stopwatch) measure(f func() error) error {
	if w == nil {
		return f()
	}
	before, err := w.read()
	if err != nil {
		return err
	}
	processors := runtime.GOMAXPROCS(loaderProcessors)
	err = f()
	runtime.GOMAXPROCS(processors)
	if err != nil {
		return err
	}
	after, err := w.read()
	if err != nil {
		return err
	}
	w.postgres += after.postgres - before.postgres
	w.server += after.server - before.server
	w.loader += after.loader - before.loader
	if w.metrics == nil {
		w.metrics = map[string]float64{}
	}
	for name := range after.metrics {
		w.metrics[name] += after.metrics[name] - before.metrics[name]
	}
	return nil
}

const loaderProcessors = 1

// batchSizes are the names that this metric has had, so that -beside reaches over the
// change.
var batchSizes = []string{"carrierhook_batch_size_requests", "carrierhook_store_set_size"}

// batchSize is how many requests of some kinds shared a transaction.
func (w *stopwatch) batchSize(kinds ...string) float64 {
	var sum, count float64
	for _, name := range batchSizes {
		for _, kind := range kinds {
			sum += w.metrics[name+`_sum{kind="`+kind+`"}`]
			count += w.metrics[name+`_count{kind="`+kind+`"}`]
		}
	}
	return ratio(sum, count)
}

func (w *stopwatch) read() (now stopwatch, err error) {
	if now.metrics, err = w.s.metrics(); err != nil {
		return now, err
	}
	if now.postgres, err = familyCPU(w.pg.pid); err != nil {
		return now, err
	}
	server, err := readStat(w.s.cmd.Process.Pid)
	if err != nil {
		return now, err
	}
	now.server = server.CPUTime()
	now.loader, err = ownCPU()
	return now, err
}
