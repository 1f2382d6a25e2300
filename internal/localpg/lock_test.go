package localpg

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// The second process is refused with the pid of the first, whose server it can reach
// all the same.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	o := owner(t, dir)
	_, err := Start(t.Context(), dir, quick(t))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(o.cmd.Process.Pid)) {
		t.Errorf("Start = %v, want ErrInUse with pid %d", err, o.cmd.Process.Pid)
	}
	if err := Remove(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove = %v, want ErrInUse", err)
	}
	url, err := URL(dir, Database)
	must(t, err)
	queryAt(t, url, "SELECT 'well'")
}

// However many start together, one owns the directory and the rest are refused.
func TestStartTogether(t *testing.T) {
	t.Parallel()
	dir := testDir(t)
	var others []*other
	for range 4 {
		others = append(others, startOther(t, dir))
	}
	count := map[string]int{}
	for _, o := range others {
		line, _, _ := strings.Cut(o.line(), " (pid")
		count[line]++
	}
	if count["started"] != 1 || count["error: "+dir+": "+ErrInUse.Error()] != 3 {
		t.Errorf("got %v, want one owner", count)
	}
}

// What a process is just starting is in use already.
func TestInUseWhileStarting(t *testing.T) {
	t.Parallel()
	dir := filledDir(t)
	lock, err := lockDir(opened(t, dir))
	must(t, err)
	if err := Remove(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove = %v, want ErrInUse", err)
	}
	must(t, lock.Close())
	query(t, start(t, dir, quick(t)), "SELECT 'well'")
}
