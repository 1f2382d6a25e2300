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

// micro runs the benchmarks of package wechat, of the codec alone and of the bare
// cryptography of the same bytes, as many rounds as the rest has: all of them in each,
// of all products, so that a codec and its floor meet the same machine.
func (b *bench) micro(ctx context.Context) error {
	printed := make([]strings.Builder, len(b.products))
	for n := range b.plan.Rounds {
		for _, i := range turn(n, len(b.products)) {
			p := b.products[i]
			progress("round %d  micro%s", n+1, p.suffix)
			cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark(Codec|Floor|OpenSeal)", "-benchmem", "-count", "1", "./internal/wechat")
			cmd.Dir, cmd.Stdout, cmd.Stderr = p.root, &printed[i], os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("go test -bench%s: %w: %s", p.suffix, err, &printed[i])
			}
		}
	}
	for i, p := range b.products {
		results, err := readBenchmarks(printed[i].String())
		if err != nil {
			return err
		}
		for _, r := range results {
			r.Case += p.suffix
		}
		b.add(results...)
	}
	return nil
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
