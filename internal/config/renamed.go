package config

// newNames has the name of today for each name that a setting had before.
var newNames = map[string]string{
	"cancel.language":   "language",
	"database.sets":     "database.batch_workers",
	"database.set_size": "database.batch_size",
	"booking.lease":     "booking.number_block",
}

// renamed is what a setting is called now, if name is a former name of it; else "".
// Both are written by spell: as in a file, or as a variable.
func renamed(name string, spell func(string) string) string {
	for former, now := range newNames {
		if spell(former) == name {
			return spell(now)
		}
	}
	return ""
}

func asInFile(name string) string { return name }
