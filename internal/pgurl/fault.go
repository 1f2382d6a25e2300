package pgurl

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// What can be wrong with database.url as a whole.
var (
	ErrForm = errors.New("is not a Postgres URL; write postgres://user:password@host:5432/name, special characters as %XX")

	ErrEscape = errors.New("has a special character in the password or another part that is not escaped; " +
		"write @ as %40, / as %2F, # as %23, ? as %3F, % as %25 (a colon behind the user's name stays)")

	ErrInvisible = errors.New("has a space, a line break or another invisible character in it; copy it again, and write a space as %20")

	ErrPairs = errors.New("is a list of key=value that cannot be read; put a value with spaces in single quotes, and \\ before ' and \\ in it")

	ErrParameter = errors.New("has a parameter that the driver does not take; see the names and values in Postgres' documentation, Connection Strings")
)

// faults says what is wrong for what the driver's text has in it; the first one counts.
// A value may come from a PG... variable, or from the service, as well.
var faults = []struct {
	driver string
	err    error
	file   bool // the text ends with what is wrong with the file
}{
	{"as URL (missing key/value", errors.New("has a parameter behind the ? without =; write name=value, with & between them"), false},
	{"as URL (extra key/value", errors.New("has a parameter behind the ? with more than one =; write a further one as %3D"), false},
	{"as URL (end of string", errors.New("has an IPv6 address that is not closed; write [address]:5432"), false},
	{"as URL (IPv6 host", errors.New("has an IPv6 address that is empty; write [address]:5432"), false},
	{"as URL (unexpected character", errors.New("has something between ] and the port; write [address]:5432"), false},
	{"as URL", ErrEscape, false},
	{"as keyword/value", ErrPairs, false},
	{"read service (unable to find", errors.New("names a service (service, or PGSERVICE) that the service file does not have; name one that it has, or none"), false},
	{"read service", errors.New("names a service (service, or PGSERVICE), and the service file (PGSERVICEFILE, or ~/.pg_service.conf) cannot be read; " +
		"name a readable file, or no service"), false},
	{"invalid sslcertmode", errors.New("has an unknown sslcertmode (or PGSSLCERTMODE); use disable, allow or require"), false},
	{"invalid connect_timeout", errors.New("has a connect_timeout (or PGCONNECT_TIMEOUT) that is no number; write whole seconds"), false},
	{"could not match", errors.New("has another number of ports than of hosts (or PGPORT and PGHOST have); write one port for each host, or one for all"), false},
	{"invalid port", errors.New("has a port (or PGPORT) that is none; write 1 to 65535, and special characters of the password as %XX"), false},
	{"unable to read CA file", errors.New("names a root certificate (sslrootcert, or PGSSLROOTCERT) that"), true},
	{"add CA to cert pool", errors.New("names a root certificate (sslrootcert, or PGSSLROOTCERT) without a certificate in it; name a PEM file"), false},
	{"system certificate pool", errors.New("has sslrootcert=system, and this system's certificates cannot be read; name a file"), false},
	{"sslmode is invalid", errors.New("has an unknown sslmode (or PGSSLMODE); use verify-full, verify-ca, require, prefer, allow or disable"), false},
	{`both "sslcert" and "sslkey"`, errors.New("has only one of sslcert and sslkey (or PGSSLCERT and PGSSLKEY); name both, or neither"), false},
	{"unable to read sslkey", errors.New("names a client key (sslkey, or PGSSLKEY) that"), true},
	{"failed to decode sslkey", errors.New("names a client key (sslkey, or PGSSLKEY) without a key in it; name a PEM file"), false},
	{"find sslpassword", errors.New("names a client key (sslkey, or PGSSLKEY) that is encrypted; set sslpassword, or PGSSLPASSWORD"), false},
	{"decrypt key", errors.New("names a client key (sslkey, or PGSSLKEY) that sslpassword (or PGSSLPASSWORD) does not open; set the right one"), false},
	{"unable to read cert", errors.New("names a client certificate (sslcert, or PGSSLCERT) that"), true},
	{"unable to load cert", errors.New("names a client certificate and a key (sslcert and sslkey) that do not belong together; name a pair"), false},
	{"target_session_attrs", errors.New("has an unknown target_session_attrs (or PGTARGETSESSIONATTRS); use read-write, primary or any"), false},
	{"_protocol_version", errors.New("has an unknown min_protocol_version or max_protocol_version (or PGMINPROTOCOLVERSION, PGMAXPROTOCOLVERSION); use 3.0, 3.2 or latest"), false},
	{"channel_binding", errors.New("has an unknown channel_binding (or PGCHANNELBINDING); use prefer, disable or require"), false},
	{"require_auth", errors.New("has an unknown require_auth (or PGREQUIREAUTH); use methods of Postgres' documentation"), false},
	{"pool_", errors.New("has a parameter pool_... whose value cannot be read; remove it, database.max_conns is what counts"), false},
}

// fault is the error of this package for one of the driver's. The driver's text can hold
// parts of the URL.
func fault(err error) error {
	var driver *pgconn.ParseConfigError
	if !errors.As(err, &driver) {
		return ErrParameter
	}
	driver.ConnString = "" // else the text begins with it
	text := driver.Error()
	for _, f := range faults {
		switch {
		case !strings.Contains(text, f.driver):
		case f.file:
			return fmt.Errorf("%w %s", f.err, noFile(err))
		default:
			return f.err
		}
	}
	return ErrParameter
}

// What can be wrong with a file.
const (
	notThere    = "is not there; name a file that is"
	notAllowed  = "this account may not read; let it"
	notReadable = "cannot be read; name a readable file"
)

func noFile(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return notThere
	case errors.Is(err, fs.ErrPermission):
		return notAllowed
	}
	return notReadable
}
