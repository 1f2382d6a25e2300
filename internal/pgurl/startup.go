package pgurl

import (
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// refusedAtStartup is the text of a server's error that may repeat a parameter.
const refusedAtStartup = "the server refuses a parameter of database.url, of a PG... variable or of the service; its own log says which"

// hideParameters keeps to itself what a server says of the parameters that it gets with
// a new connection, for it repeats them. They are all that the driver does not know: also
// a misspelt password, or the part behind a space that is not quoted.
func hideParameters(cfg *pgx.ConnConfig) {
	if len(cfg.RuntimeParams) == 0 {
		return
	}
	former, database := cfg.OnPgError, cfg.Database
	cfg.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if conn.PID() != 0 || showsNoParameter(err, database) { // with its pid a server has taken them
			return former(conn, err)
		}
		*err = pgconn.PgError{Severity: err.Severity, SeverityUnlocalized: err.SeverityUnlocalized, Code: err.Code, Message: refusedAtStartup}
		return false // the driver returns this error, and closes the connection
	}
}

// showsNoParameter tells whether an error of a server's is about what the driver shows as
// well, or about the server itself.
func showsNoParameter(err *pgconn.PgError, database string) bool {
	switch err.Code {
	case "08P01": // protocol_violation, which is a pooler's for everything
		return !strings.Contains(err.Message, "parameter")
	case "42501": // insufficient_privilege, to connect or to set a parameter
		return strings.Contains(err.Message, `"`+database+`"`)
	case "55000": // object_not_in_prerequisite_state: a database that takes no connections
		return true
	}
	for _, class := range []string{"08", "28", "3D", "53", "57"} { // connection, authorization, database, resources, operators
		if strings.HasPrefix(err.Code, class) {
			return true
		}
	}
	return false
}
