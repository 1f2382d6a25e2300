package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"carrierhook/internal/wechat"
)

// healthcheck requests where the configuration says that the server listens, also where that
// stands for all addresses of the machine.
func TestHealthcheckByConfiguration(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Secure)
	cfg.Listen = ":0"
	p := start(t, cfg)
	_, port, err := net.SplitHostPort(p.public.String())
	must(t, err)
	for _, host := range []string{"", "0.0.0.0", "[::]", "127.0.0.1", "localhost"} {
		cli{tb: t, dir: t.TempDir(), env: []string{"CARRIERHOOK_LISTEN=" + host + ":" + port, "HTTP_PROXY=http://127.0.0.1:1"}}.says("", "healthcheck")
	}
	file := filepath.Join(t.TempDir(), "server.yaml")
	must(t, os.WriteFile(file, fmt.Appendf(nil, "listen: %q\n", ":"+port), 0o600))
	c := cli{tb: t, dir: t.TempDir()}
	c.says("", "healthcheck", "--config", file)
	c.env = []string{"CARRIERHOOK_LISTEN=:0"}
	c.refuses("name it with --url", "healthcheck")
	c.says("", "healthcheck", "--url", "http://127.0.0.1:"+port+"/healthz")
	c.env = []string{"CARRIERHOOK_LISTEN=:1"}
	c.refuses("connection refused", "healthcheck")
}
