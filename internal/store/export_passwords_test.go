package store

import (
	"encoding/binary"

	"github.com/prometheus/client_golang/prometheus"
)

// MaxComparisons is how many slow comparisons a merchant may have under way.
const MaxComparisons = maxComparisons

// PasswordMatches is the slow comparison.
var PasswordMatches = passwordMatches

// WithMatches puts a comparison of the test's own in the place of the slow one.
func WithMatches(o Options, matches func(hash, pwd string) bool) Options {
	o.hooks.matches = matches
	return o
}

// HoldComparisons keeps every slow comparison waiting for its turn.
func (s *Store) HoldComparisons() (release func()) {
	turns := s.passwords.limits.turns
	for range cap(turns) {
		turns <- struct{}{}
	}
	return func() {
		for range cap(turns) {
			<-turns
		}
	}
}

// ComparisonsUnderWay is how many are made or wait for their turn, of how many
// merchants.
func (s *Store) ComparisonsUnderWay() (all, merchants int) {
	l := s.passwords.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.merchants {
		all += m.underWay
	}
	return all, len(l.merchants)
}

// TurnsOfAll is how many slow comparisons are made at a time.
func (s *Store) TurnsOfAll() int { return cap(s.passwords.limits.turns) }

// KnownPasswords is how many slow comparisons are remembered.
func (s *Store) KnownPasswords() (right, wrong int) {
	return s.passwords.cache.right.Len(), s.passwords.cache.wrong.Len()
}

// RememberWrong remembers n wrong passwords.
func (s *Store) RememberWrong(n int) {
	for i := range n {
		var k passwordKey
		binary.BigEndian.PutUint64(k[:], uint64(i))
		s.passwords.cache.put(k, false)
	}
}

// PasswordChecks is what the metric counts, by reason.
func (s *Store) PasswordChecks() map[string]int {
	r := prometheus.NewRegistry()
	r.MustRegister(s.metrics.passwords.vec)
	families, err := r.Gather()
	if err != nil {
		panic(err)
	}
	counted := map[string]int{}
	for _, m := range families[0].GetMetric() {
		if n := int(m.GetCounter().GetValue()); n > 0 {
			counted[m.GetLabel()[0].GetValue()] = n
		}
	}
	return counted
}
