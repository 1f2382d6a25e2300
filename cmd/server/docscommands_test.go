package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	inlineCommand = regexp.MustCompile("`(?:bin/)?server ([a-z][^`]*)`")
	fencedCommand = regexp.MustCompile(`(?m)^(?:\$ )?(?:bin/)?server ([a-z].*)$`)
	commandFlag   = regexp.MustCompile(`^--([a-z-]+)`)
)

// Every command line of the program that a document shows names a command that there is,
// with flags that it has.
func TestDocsCommandLines(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, page := range pages(t) {
		text := read(t, page)
		for _, block := range fenced.FindAllString(text, -1) {
			for _, m := range fencedCommand.FindAllStringSubmatch(block, -1) {
				isCommand(t, page, m[1])
				lines++
			}
		}
		for _, m := range inlineCommand.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			isCommand(t, page, m[1])
			lines++
		}
	}
	if lines < 60 {
		t.Errorf("found only %d command lines", lines)
	}
}

// isCommand wants what stands behind the program's name to be a command, up to what the
// shell takes for itself.
func isCommand(t *testing.T, page, line string) {
	t.Helper()
	words := strings.Fields(regexp.MustCompile(`[|<>;&#].*`).ReplaceAllString(line, ""))
	cmd, _, err := command().Find(words)
	if err != nil || !cmd.HasParent() {
		t.Errorf("%s: server %s is no command", page, line)
		return
	}
	if rest := words[depth(cmd):]; cmd.HasSubCommands() && len(rest) > 0 && regexp.MustCompile(`^[a-z]`).MatchString(rest[0]) {
		t.Errorf("%s: server %s: %s has no %s", page, line, cmd.CommandPath(), rest[0])
	}
	cmd.InitDefaultHelpFlag()
	for _, word := range words {
		if m := commandFlag.FindStringSubmatch(word); m != nil && cmd.Flag(m[1]) == nil {
			t.Errorf("%s: server %s: %s has no flag --%s", page, line, cmd.CommandPath(), m[1])
		}
	}
}

// depth is how many words name a command.
func depth(cmd *cobra.Command) int { return len(strings.Fields(cmd.CommandPath())) - 1 }
