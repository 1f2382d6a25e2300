// Package migrations carries the schema files inside the binary.
//
// Until the first release there is one file, and it is edited; the edit changes store's
// schemaTooOld with it. From then on released
// files are never edited, and every migration works with the program before it and
// after it: a column is dropped one release after the code stopped reading it.
package migrations

import "embed"

// FS holds the goose files, NNNNN_name.sql.
//
//go:embed *.sql
var FS embed.FS
