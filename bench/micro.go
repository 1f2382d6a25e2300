package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// microCommand measures the codec alone, and the bare cryptography of the same
// bytes beside it.
var microCommand = []string{"go", "test", "-run", "^$", "-bench", "^Benchmark(Codec|Floor|OpenSeal)", "-benchmem", "-count", "1"}

// measureMicro runs the benchmarks of package wechat, as many rounds as the rest
// has: all of them in each, so that a codec and its floor meet the same machine.
func measureMicro(rounds int) ([]*result, error) {
	args := append(microCommand[1:len(microCommand):len(microCommand)], "./internal/wechat")
	var printed strings.Builder
	for range rounds {
		cmd := exec.Command(microCommand[0], args...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go test -bench: %w: %s", err, out)
		}
		printed.Write(out)
	}
	return readBenchmarks(printed.String())
}

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op.*?\s(\d+) B/op\s+(\d+) allocs/op`)

// readBenchmarks makes cases of what go test prints.
func readBenchmarks(out string) (all []*result, err error) {
	byName := map[string]*result{}
	for _, line := range benchmarkLine.FindAllStringSubmatch(out, -1) {
		name := "micro " + strings.ToLower(line[1])
		r := byName[name]
		if r == nil {
			r = &result{Case: name, What: "go benchmark " + line[1]}
			byName[name], all = r, append(all, r)
		}
		var n [3]float64
		for i := range n {
			if n[i], err = strconv.ParseFloat(line[i+2], 64); err != nil {
				return nil, err
			}
		}
		r.Rounds = append(r.Rounds, round{Round: len(r.Rounds) + 1, Nanoseconds: n[0], AllocBytes: n[1], Allocs: n[2]})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("package wechat has no BenchmarkCodec and no BenchmarkFloor: %s", out)
	}
	for _, r := range all {
		r.summarise()
	}
	for _, r := range all {
		if floor := byName[strings.Replace(r.Case, "codec", "floor", 1)]; floor != nil && floor != r {
			r.RatioFloor = over(r.Rounds, func(n round) float64 { // of each round, for the next meets another machine
				if n.Round > len(floor.Rounds) {
					return 0
				}
				return ratio(n.Nanoseconds, floor.Rounds[n.Round-1].Nanoseconds)
			}).Median
		}
	}
	return all, nil
}
