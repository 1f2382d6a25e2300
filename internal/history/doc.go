// Package history checks that the answers of the servers never contradict each other:
// it drives two real servers on one Postgres with cancels, scans and reads of the same
// waybills at the same moments, breaks what can break meanwhile, and checks that all
// answers can have happened, one after the other, each between its request and its
// reply. What was decided has its events, and receivers and followers of its own get each
// of them, in order. docs/linearizability.md says what that means, what it found, and what
// it says of a program without the one or the other of what it is there for.
//
// There is nothing in it but tests. It knows the servers by their two listeners
// alone, as WeChat and the carrier's systems do, and has rules of its own of what
// is true of a waybill, which are not those of package waybill.
package history
