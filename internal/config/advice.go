package config

// envNames lists every variable that is read.
func envNames() []string {
	var names []string
	for _, k := range keys() {
		if k.fileOnly() {
			continue
		}
		names = append(names, k.env())
		if k.secret() {
			names = append(names, k.env()+fileSuffix)
		}
	}
	return names
}

// advice says what to do about an unknown name: use the known one it
// resembles, or none.
func advice(name string, known []string) string {
	best, fewest := "", len(name)/4+1 // more differences than that is another word
	for _, k := range known {
		if d := distance(name, k); d < fewest {
			best, fewest = k, d
		}
	}
	if best == "" {
		return "remove it (config.yaml lists all settings)"
	}
	return "did you mean " + best + "?"
}

// distance is the number of letters to insert, drop or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
