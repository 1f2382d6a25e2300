package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"

	"github.com/spf13/cobra"
)

// trusting is a client that trusts an authority and nobody else.
func trusting(t *testing.T, authority string) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(authority)) {
		t.Fatalf("no certificate: %s", authority)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// A client that trusts what the sandbox prints calls it by TLS, and by nothing else. The
// control stays as it is.
func TestSandboxTLS(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	d := playWeChat(t, p, wechat.Secure, wechat.JSON, func(s *sandboxFlags) { s.tls = true })
	var says strings.Builder
	d.greet(&says, demo.File{}, "1")
	authority := says.String()
	authority = authority[strings.Index(authority, "-----BEGIN"):]
	at := "https://" + d.merchant.Addr().String()
	if lines := strings.Count(says.String(), "curl -sS --cacert sandbox-ca.pem -w '\\n' '"+at+"/cgi-bin/"); lines != 7 {
		t.Errorf("%d lines of curl:\n%s", lines, says.String())
	}
	client := trusting(t, authority)
	const cancel = "/cgi-bin/express/business/order/cancel?access_token=SANDBOX_TOKEN"
	body := `{"order_id":"` + demo.OrderID + `","openid":"` + demo.OpenID + `","delivery_id":"SF","waybill_id":"` + demo.WaybillID + `"}`
	for _, url := range []string{at, strings.Replace(at, "127.0.0.1", "localhost", 1)} {
		res, err := client.Post(url+cancel, "application/json", strings.NewReader(body))
		must(t, err)
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		must(t, err)
		if a := answered(t, string(got)); url == at && a != "0" || url != at && a != "9300524" {
			t.Errorf("%s: %s", url, got)
		}
	}
	if res, err := http.Post(at+cancel, "application/json", strings.NewReader(body)); err == nil {
		res.Body.Close()
		t.Error("a client that does not trust the authority was answered")
	}
	if res, err := http.Get("http://" + d.merchant.Addr().String() + "/cgi-bin/token"); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %d", res.StatusCode)
		}
	}
	callSandbox(t, http.MethodGet, "http://"+d.control.Addr().String()+"/fault", "")
}

// The certificate is kept in a folder for as long as it fits, and the authority is there for
// clients, without a key.
func TestSandboxTLSKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(dataDir(t), "kept")
	dir := opened(t, path)
	authority := func(hosts ...string) string {
		t.Helper()
		b, err := sandboxFlags{
			listen: "127.0.0.1:0", control: "127.0.0.1:0", tls: true, hosts: hosts, patience: 1, tokenLife: 1,
		}.open(dir)
		must(t, err)
		b.Close()
		file := read(t, filepath.Join(path, sandboxAuthorityName))
		if file != b.identity.authority || b.identity.file != dir.Join(sandboxAuthorityName) || strings.Contains(file, "PRIVATE KEY") {
			t.Errorf("%s has %s", b.identity.file, file)
		}
		return file
	}
	first := authority()
	if authority() != first {
		t.Error("a restart made another authority")
	}
	further := authority("api.weixin.qq.com")
	if further == first || authority("api.weixin.qq.com") != further || authority() != further {
		t.Error("the certificate does not last as long as its names do")
	}
	must(t, os.WriteFile(filepath.Join(path, sandboxTLSName), []byte("{}"), 0o600))
	if authority() == further {
		t.Error("an empty file is no certificate")
	}
}

// The certificate is kept where the demo is, and for another carrier where a folder is named.
func TestSandboxFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(dataDir(t), "kept")
	for name, tc := range map[string]struct {
		carrier string
		args    []string
		want    bool
	}{
		"the demo's":             {"", nil, true},
		"another carrier":        {"http://127.0.0.1:1/", nil, false},
		"another carrier, named": {"http://127.0.0.1:1/", []string{"--dir", path}, true},
	} {
		p := pushFlags{url: tc.carrier}
		cmd := &cobra.Command{}
		cmd.Flags().StringVar(&p.dir, "dir", path, "")
		must(t, cmd.ParseFlags(tc.args))
		dir, err := p.kept(cmd)
		must(t, err)
		if (dir != nil) != tc.want {
			t.Errorf("%s: %v", name, dir)
		}
		if dir != nil {
			dir.Close()
		}
	}
}
