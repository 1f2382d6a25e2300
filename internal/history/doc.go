// Package history asks whether anybody is ever told two truths: it drives two
// real servers on one Postgres with cancels, scans and reads of the same waybills
// at the same moments, breaks what can break meanwhile, and checks that all that
// was answered can have happened, one thing after the other, between each
// question and its answer. docs/linearizability.md says what that means and what
// it found.
//
// There is nothing in it but tests. It knows the servers by their two listeners
// alone, as WeChat and the carrier's systems do, and has rules of its own of what
// is true of a waybill, which are not those of package waybill.
package history
