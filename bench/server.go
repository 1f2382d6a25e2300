package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// inFlight is wechat.max_in_flight here: far above what the loader sends at
// once, so that -1 is a failure and not the limit.
const inFlight = 4096

// server is a process that is measured.
type server struct {
	cmd              *exec.Cmd
	public, internal string        // host:port
	startup          time.Duration // until it said that it was ready
	ended            chan struct{}
	log              string
}

// start runs a server and returns when it is ready. Its log goes to a file: a
// log line a push is part of what a push costs.
func start(dir, program, config string, env []string) (*server, error) {
	log, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := []string{"serve"}
	if config != "" {
		args = append(args, "--config", config)
	}
	s := &server{cmd: exec.Command(program, args...), ended: make(chan struct{}), log: log.Name()}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = dir, env, log, log
	begun := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // how it ended is of no interest, that it did is
		close(s.ended)
	}()
	if err := s.awaitReady(begun); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) awaitReady(begun time.Time) error {
	for time.Since(begun) < time.Minute {
		select {
		case <-s.ended:
			text, _ := os.ReadFile(s.log)
			return fmt.Errorf("%s ended by itself: %s", s.cmd.Path, text)
		case <-time.After(time.Millisecond):
		}
		if s.public == "" && !s.findAddresses() {
			continue
		}
		if s.isReady() {
			s.startup = time.Since(begun)
			return nil
		}
	}
	return fmt.Errorf("%s is not ready after a minute; see %s", s.cmd.Path, s.log)
}

var listening = regexp.MustCompile(`"msg":"listening","public":"([^"]+)","internal":"([^"]+)"`)

// findAddresses reads the log for where the server listens.
func (s *server) findAddresses() bool {
	text, _ := os.ReadFile(s.log)
	m := listening.FindSubmatch(text)
	if m != nil {
		s.public, s.internal = string(m[1]), string(m[2])
	}
	return m != nil
}

// firstFailure is the first line of the log about a push or a scan that failed.
func (s *server) firstFailure() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"failure"`) || strings.Contains(line, `"level":"error"`) {
			return strings.TrimSpace(line)
		}
	}
	return "nothing"
}

func (s *server) isReady() bool {
	resp, err := http.Get("http://" + s.internal + "/readyz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stop sends SIGTERM, and SIGKILL after a while.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(20 * time.Second):
		return fmt.Errorf("%s did not stop: %w", s.cmd.Path, s.cmd.Process.Kill())
	}
}

var series = regexp.MustCompile(`(?m)^(\w+)(\{.*\})? (\S+)$`)

// metrics are the server's own figures: summed over labels, and each by itself.
func (s *server) metrics() (map[string]float64, error) {
	sums := map[string]float64{}
	resp, err := http.Get("http://" + s.internal + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	for _, m := range series.FindAllStringSubmatch(string(text), -1) {
		value, wrong := strconv.ParseFloat(m[3], 64)
		err = errors.Join(err, wrong)
		sums[m[1]] += value
		if m[2] != "" {
			sums[m[1]+m[2]] = value
		}
	}
	return sums, err
}

// tool runs a command of the server's program to its end.
func tool(ctx context.Context, dir, program string, env []string, stdin io.Reader, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, env, stdin
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, out)
	}
	return nil
}
