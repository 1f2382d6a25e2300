package batch

// CountWritten ends a WITH whose member written returns a row for each that was written:
// it fails unless they are as many as expected, which is SQL. The rows are locked, so
// something beside us has kept one from being written, a rule or a policy of the table for
// example; and a COMMIT that follows in the same round trip must not say that it is done.
func CountWritten(expected string) string {
	return ` SELECT CASE WHEN count(*) <> ` + expected + `
		THEN ('wrote ' || count(*) || ' rows of ' || ` + expected + `)::integer END FROM written`
}

// WriteAll makes a statement that updates a row for each element of an array fail where it
// updates fewer.
func WriteAll(update, array string) string {
	return `WITH written AS (` + update + ` RETURNING true)` + CountWritten(`cardinality(`+array+`)`)
}
