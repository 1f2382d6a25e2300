package main

import (
	"strconv"
	"strings"
	"testing"
)

// metrics are what a server shows of itself now.
func (p *program) metrics(tb testing.TB) string {
	tb.Helper()
	_, text := get(tb, p.internal, "/metrics")
	return text
}

// metric is the value of a series, which there must be.
func (p *program) metric(tb testing.TB, series string) float64 {
	tb.Helper()
	text := p.metrics(tb)
	_, rest, _ := strings.Cut("\n"+text, "\n"+series+" ")
	value, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		tb.Fatalf("no series %s in\n%s", series, text)
	}
	return n
}

// shows wants series with these values.
func (p *program) shows(tb testing.TB, want map[string]float64) {
	tb.Helper()
	for series, n := range want {
		if got := p.metric(tb, series); got != n {
			tb.Errorf("%s is %v, want %v", series, got, n)
		}
	}
}
