package config

import (
	"slices"
	"testing"
)

// A former name of a setting is refused with the name of today, in the file and as a
// variable, and nothing else is wrong then.
func TestFormerNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range keys() {
		names = append(names, k.name)
	}
	for former, now := range newNames {
		if slices.Contains(names, former) || !slices.Contains(names, now) {
			t.Errorf("%s is a setting, or %s is none", former, now)
		}
		onlyProblem(t, loadProblems(t, NeedNothing, nested(former, others[now])), former+" is called "+now+" now; rename it")
		onlyProblem(t, loadProblems(t, NeedNothing, "", envName(former)+"="+others[now]), envName(former)+" is called "+envName(now)+" now; rename it")
	}
	// What only resembles a former name is unknown as ever.
	onlyProblem(t, loadProblems(t, NeedNothing, nested("database.set_sizes", "3")), "is a key that nothing reads")
	onlyProblem(t, loadProblems(t, NeedNothing, "", "CARRIERHOOK_BOOKING_LEASES=3"), "is a variable that nothing reads")
}

// More workers than connections are refused. Where all kinds together can use more
// connections than there are, the warning says what to change.
func TestBatchWorkers(t *testing.T) {
	t.Parallel()
	const workers, conns = "CARRIERHOOK_DATABASE_BATCH_WORKERS=", "CARRIERHOOK_DATABASE_MAX_CONNS="
	onlyProblem(t, loadProblems(t, NeedNothing, "", workers+"5", conns+"4"), "database.batch_workers (CARRIERHOOK_DATABASE_BATCH_WORKERS) is 5", "database.max_conns is 4; use at most 4")
	onlyProblem(t, loadProblems(t, NeedNothing, "", conns+"1"), "database.batch_workers", "use at most 1") // the default is 2
	onlyProblem(t, loadProblems(t, NeedNothing, "", workers+"5", conns+"0"), "database.max_conns")
	for _, tc := range []struct{ workers, conns, do string }{
		{"2", "16", ""},
		{"1", "8", ""},
		{"2", "15", "raise database.max_conns to 16, or use at most 1"},
		{"8", "40", "raise database.max_conns to 64, or use at most 5"},
		{"1", "7", "raise database.max_conns to 8"},
		{"16", "16", "raise database.max_conns to 128, or use at most 2"},
	} {
		got := warningsOf(t, write(t, ""), workers+tc.workers, conns+tc.conns)
		if tc.do == "" {
			if len(got) != 0 {
				t.Errorf("%s workers and %s connections: %q", tc.workers, tc.conns, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Kind != "few_connections" || got[0].Text[len(got[0].Text)-len(tc.do)-2:] != "; "+tc.do {
			t.Errorf("%s workers and %s connections: %q, want one that ends in %q", tc.workers, tc.conns, got, tc.do)
		}
	}
}
