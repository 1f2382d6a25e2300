package config

// newNames has the name of today for each name that a setting had before.
var newNames = map[string]string{
	"cancel.language":   "language",
	"database.sets":     "database.batch_workers",
	"database.set_size": "database.batch_size",
	"booking.lease":     "booking.number_block",
}

// renamedVariable is the name of today of a setting's variable, if name is a former one;
// else "".
func renamedVariable(name string) string {
	for former, now := range newNames {
		if envName(former) == name {
			return envName(now)
		}
	}
	return ""
}
