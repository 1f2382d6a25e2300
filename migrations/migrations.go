// Package migrations carries the schema files inside the binary.
//
// Every migration works with the program before it and after it: a column is
// dropped one release after the code stopped reading it.
package migrations

import "embed"

// FS holds the goose files, NNNNN_name.sql.
//
//go:embed *.sql
var FS embed.FS
