package redacted

import (
	"fmt"
	"runtime"
)

// Panic is what a log or an error may show of a panic: the text of the runtime's own
// errors, and only the type of any other value, which may contain what was sent.
func Panic(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", fault)
}
