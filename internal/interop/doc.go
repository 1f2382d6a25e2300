// Package interop tests our program together with programs that others wrote: openssl
// and a library from npm seal pushes and open replies, SDKs from npm and a Go module
// call the sandbox, curl and sh run what the documents print, nginx and HAProxy stand in
// front as docs/deploying.md has them, Postgres has a standby as docs/backup.md has it,
// Java and PHP run the receivers of docs/examples, a library from npm verifies webhooks,
// promtool reads metrics and alerts, shellcheck, xmllint and jq read our files.
// `make interop` gets these programs (get-tools.sh; Go gets its module, whose go.mod is
// not ours) and runs the tests; where one is missing they fail, and never skip.
//
// There is nothing in it but tests. It knows our program by what it listens on, prints
// and documents alone, and refuses to know our own reader and writer of packets: an
// error that both have would not be found.
package interop
