//go:build interop

package interop

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// patience is for what never takes so long: only what hangs ends by it.
const patience = 2 * time.Minute

// tools is where get-tools.sh has put what is not installed in the system.
var tools string

// TestMain fails where a program is missing, whatever tests are run. Nothing
// is left when the tests are over: no goroutine, and so no process.
func TestMain(m *testing.M) { os.Exit(all(m)) }

func all(m *testing.M) int {
	check := exec.Command("./get-tools.sh", "--check")
	check.Stderr = os.Stderr
	out, err := check.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop: programs are missing; internal/interop/get-tools.sh gets them:", err)
		return 1
	}
	tools = strings.TrimSpace(string(out))
	if err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin:"+filepath.Join(tools, "bin")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := storetest.Main(m)
	if err := os.RemoveAll(built); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// says runs a program to its end on an input, and returns what it wrote to its
// standard output; the error has what it wrote to the other.
func says(tb testing.TB, input, name string, args ...string) (string, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdin = plainEnv(), strings.NewReader(input)
	cmd.WaitDelay = time.Second
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %.200s: %w\n%s", name, strings.Join(args, " "), err, wrong.String())
	}
	return out.String(), nil
}

// mustSay runs a program that has to succeed.
func mustSay(tb testing.TB, input, name string, args ...string) string {
	tb.Helper()
	out, err := says(tb, input, name, args...)
	if err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return out
}

// plainEnv is an environment in which nothing changes what a program does: no
// configuration of ours, no proxy.
func plainEnv(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "LC_ALL=C.UTF-8"}
	for _, where := range []string{"XDG_CACHE_HOME", "CARRIERHOOK_POSTGRES_BIN"} { // Postgres' programs are
		if value := os.Getenv(where); value != "" {
			env = append(env, where+"="+value)
		}
	}
	return append(env, more...)
}

// read is a file of the repository.
func read(tb testing.TB, path string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	storetest.Must(tb, err)
	return string(text)
}

// section is what a document has between a heading and the next one of its rank.
func section(tb testing.TB, path, heading string) string {
	tb.Helper()
	_, rest, found := strings.Cut("\n"+read(tb, path), "\n"+heading+"\n")
	if !found {
		tb.Fatalf("%s has no heading %q", path, heading)
	}
	rank, _, _ := strings.Cut(heading, " ")
	inside, _, _ := strings.Cut(rest, "\n"+rank+" ")
	return inside
}

// blocks are what stands in a text's fences of a language.
func blocks(text, language string) (found []string) {
	fence, block := "", ""
	for line := range strings.Lines(text) {
		switch {
		case !strings.HasPrefix(line, "```"):
			block += line
		case fence == "":
			fence, block = strings.TrimSpace(line), ""
		default:
			if fence == "```"+language {
				found = append(found, block)
			}
			fence = ""
		}
	}
	return found
}

// block is the one such fence that there is.
func block(tb testing.TB, text, language string) string {
	tb.Helper()
	found := blocks(text, language)
	if len(found) != 1 {
		tb.Fatalf("%d blocks of %s, want one", len(found), language)
	}
	return found[0]
}
