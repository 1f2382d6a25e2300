package main

import (
	"errors"
	"runtime"
)

// stopwatch sums what the measured stretches of a run cost: the seconds of CPU time of
// postgres, server and loader, and by how much each of the server's metrics went up.
type stopwatch struct {
	s    *server
	pg   *postgres
	sums map[string]float64
}

func newStopwatch(s *server, w *database) *stopwatch {
	return &stopwatch{s, w.pg, map[string]float64{}}
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
	for name := range after {
		w.sums[name] += after[name] - before[name]
	}
	return err
}

const loaderProcessors = 1

// batchSize is how many requests of some kinds shared a transaction.
func (w *stopwatch) batchSize(kinds ...string) float64 {
	var sum, count float64
	const name = "carrierhook_batch_size_requests"
	for _, kind := range kinds {
		sum += w.sums[name+`_sum{kind="`+kind+`"}`]
		count += w.sums[name+`_count{kind="`+kind+`"}`]
	}
	return ratio(sum, count)
}

func (w *stopwatch) read() (map[string]float64, error) {
	now, err := w.s.metrics()
	if err != nil {
		return nil, err
	}
	var all [3]error
	now["postgres"], all[0] = familyCPU(w.pg.pid)
	server, err := readStat(w.s.cmd.Process.Pid)
	now["server"], all[1] = server.CPUTime(), err
	now["loader"], all[2] = ownCPU()
	return now, errors.Join(all[:]...)
}
