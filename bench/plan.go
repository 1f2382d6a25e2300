package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plan is how much is measured, and on what.
type plan struct {
	Rounds   int     `json:"rounds"`
	Length   seconds `json:"seconds_a_round"`
	Warm     seconds `json:"seconds_of_warm_up"`
	Waybills int     `json:"waybills"`
	Growth   numbers `json:"growth_waybills"`
	Ledger   int     `json:"ledger_rows_a_waybill"` // of the growth, from before
	Conns    numbers `json:"connections"`           // of the loader; the best is used
	Clients  numbers `json:"pgbench_clients"`       // the best is used
	Phases   string  `json:"phases"`
	Scans    int     `json:"scans_a_second"`       // of the open loop
	Cancels  int     `json:"cancels_beside_scans"` // a second
	Beside   string  `json:"beside,omitempty"`     // a revision that is measured too

	Bars bool `json:"bars,omitempty"` // figures have to clear them

	Dir string `json:"-"`
	Out string `json:"-"`
}

func defaultPlan() plan {
	return plan{
		Rounds: 5, Length: seconds{4 * time.Second}, Warm: seconds{2 * time.Second},
		Waybills: 1_000_000, Growth: numbers{10_000, 1_000_000, 10_000_000}, Ledger: 5,
		Conns: numbers{64, 128, 256}, Clients: numbers{8, 16, 32, 64},
		Scans: 10_000, Cancels: 1000,
		Phases: "micro,fast,slow,book,scans,events,growth", Dir: "/var/tmp",
	}
}

func (p *plan) register(f *flag.FlagSet) {
	f.IntVar(&p.Rounds, "rounds", p.Rounds, "`times` that each case is measured")
	f.DurationVar(&p.Length.Duration, "length", p.Length.Duration, "how long each time")
	f.DurationVar(&p.Warm.Duration, "warm", p.Warm.Duration, "how long a server works before it counts")
	f.IntVar(&p.Waybills, "waybills", p.Waybills, "waybills in the database")
	f.Var(&p.Growth, "growth", "waybills in the databases of the growth, with commas")
	f.IntVar(&p.Ledger, "ledger", p.Ledger, "ledger rows a waybill in the databases of the growth")
	f.Var(&p.Conns, "conns", "connections of the loader for pushes to choose from")
	f.Var(&p.Clients, "clients", "clients of pgbench to choose from")
	f.IntVar(&p.Scans, "scans", p.Scans, "scans a second that the open loop sends, in batches of 100")
	f.IntVar(&p.Cancels, "cancels", p.Cancels, "cancels a second that go beside the scans")
	f.StringVar(&p.Beside, "beside", p.Beside, "a `commit` whose server is measured in the same rounds, for the ratio of the two")
	f.StringVar(&p.Phases, "phases", p.Phases, "what to measure, with commas")
	f.BoolVar(&p.Bars, "bars", p.Bars, "fail if a figure does not clear its bar; for the defaults, on an idle machine")
	f.StringVar(&p.Dir, "dir", p.Dir, "where the data is put while it lasts; Postgres's account has to reach it")
	f.StringVar(&p.Out, "out", p.Out, "the result's `file` (default bench/results/<date>-<commit>.json)")
}

func (p *plan) wants(phase string) bool { return slices.Contains(strings.Split(p.Phases, ","), phase) }

// seconds is a duration that JSON shows as a number.
type seconds struct{ time.Duration }

func (s seconds) MarshalJSON() ([]byte, error) { return json.Marshal(s.Seconds()) }

// numbers is a list of numbers as a flag.
type numbers []int

func (n *numbers) String() string { return strings.Trim(fmt.Sprint([]int(*n)), "[]") }

func (n *numbers) Set(text string) error {
	*n = nil
	for _, part := range strings.Split(text, ",") {
		i, err := strconv.Atoi(part)
		if err != nil || i < 1 {
			return fmt.Errorf("%q is no number", part)
		}
		*n = append(*n, i)
	}
	return nil
}
