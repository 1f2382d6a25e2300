package localpg

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// installationFor prefers the newest major that has data in base.
func installationFor(base string, found []installation) (installation, error) {
	majors := dataMajors(base)
	if len(majors) == 0 {
		return found[0], nil
	}
	for _, major := range majors {
		if i := slices.IndexFunc(found, func(in installation) bool { return in.major == major }); i >= 0 {
			return found[i], nil
		}
	}
	return installation{}, fmt.Errorf("%s holds data of Postgres %d, and only Postgres %d was found: install that version, or move %s away to begin anew",
		base, majors[0], found[0].major, filepath.Join(base, fmt.Sprintf("pg%d", majors[0])))
}

// dataMajors lists the versions that have data in base, the newest first.
func dataMajors(base string) []int {
	matches, _ := filepath.Glob(globSafe(base) + "/pg*/PG_VERSION") // fails on a malformed pattern only
	var majors []int
	for _, match := range matches {
		name := filepath.Base(filepath.Dir(match))
		if major, err := strconv.Atoi(strings.TrimPrefix(name, "pg")); err == nil {
			majors = append(majors, major)
		}
	}
	slices.SortFunc(majors, func(x, y int) int { return y - x })
	return majors
}

var globMeta = regexp.MustCompile(`[\\*?\[]`)

func globSafe(path string) string { return globMeta.ReplaceAllString(path, `\$0`) }
