package main

import (
	"context"
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
// has: all of them in each, of all products, so that a codec and its floor meet the
// same machine.
func measureMicro(ctx context.Context, rounds int, products []*product) (all []*result, err error) {
	args := append(microCommand[1:len(microCommand):len(microCommand)], "./internal/wechat")
	printed := make([]strings.Builder, len(products))
	for n := range rounds {
		for _, i := range turn(n, len(products)) {
			progress("round %d  micro%s", n+1, products[i].suffix)
			cmd := exec.CommandContext(ctx, microCommand[0], args...)
			cmd.Dir, cmd.Stderr = products[i].root, os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("go test -bench%s: %w: %s", products[i].suffix, err, out)
			}
			printed[i].Write(out)
		}
	}
	for i, p := range products {
		results, err := readBenchmarks(printed[i].String())
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			r.Case += p.suffix
		}
		all = append(all, results...)
	}
	return all, nil
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
		r.Rounds = append(r.Rounds, round{Round: len(r.Rounds) + 1, Figures: figures{"ns_an_operation": n[0], "allocated_bytes": n[1], "allocations": n[2]}})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("package wechat has no BenchmarkCodec and no BenchmarkFloor: %s", out)
	}
	for _, r := range all {
		r.summarise()
	}
	for _, r := range all {
		if floor := byName[strings.Replace(r.Case, "codec", "floor", 1)]; floor != nil && floor != r {
			// Of each round, for the next meets another machine.
			r.Ratios = map[string]float64{toFloor: spreadOf(roundRatios(r, floor, "ns_an_operation")).Median}
		}
	}
	return all, nil
}
