//go:build unix

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe/sandbox"
)

// nginx is a web server of the system's own in front of a stand-in.
type nginx struct {
	t          *testing.T
	program    string
	dir        string
	cmd        *exec.Cmd
	api, ws    string // host:port without TLS
	tls        string // host:port with TLS
	back       *sandbox.Server
	now        site
	cert, keys string // files, PEM
}

// site is what differs between configurations: directives of http {…}, and of the
// three servers. Each has proxy_pass to its port where nothing is said.
type site struct{ http, api, ws, tls string }

const passUpgrade = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";"

// newNginx starts one with a configuration of its own; without nginx the test is
// skipped.
func newNginx(t *testing.T, back *sandbox.Server, s site) *nginx {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program = "/usr/sbin/nginx"; exec.Command(program, "-v").Run() != nil {
			t.Skip("nginx is not installed (Debian: apt-get install nginx-light)")
		}
	}
	n := &nginx{t: t, program: program, dir: t.TempDir(), back: back, api: freeAddress(t), ws: freeAddress(t), tls: freeAddress(t)}
	n.cert, n.keys = filepath.Join(n.dir, "cert.pem"), filepath.Join(n.dir, "key.pem")
	selfSigned(t, n.cert, n.keys)
	n.start(s)
	t.Cleanup(n.stop)
	return n
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// selfSigned writes a certificate for 127.0.0.1 that is its own authority.
func selfSigned(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gateway"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// config writes the whole file.
func (n *nginx) config(s site) string {
	host := func(u string) string { return u[strings.Index(u, "://")+3:] }
	or := func(given, otherwise string) string {
		if given != "" {
			return n.filled(given)
		}
		return n.filled(otherwise)
	}
	var b strings.Builder
	if os.Geteuid() == 0 {
		b.WriteString("user root root;\n") // the folder of a test is its owner's alone
	}
	fmt.Fprintf(&b, "daemon off;\nworker_processes 1;\npid %[1]s/pid;\nerror_log %[1]s/error.log;\nevents { worker_connections 1024; }\nhttp {\n", n.dir)
	fmt.Fprintf(&b, "log_format status $status;\naccess_log %s/access.log status;\n", n.dir)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&b, "%s_temp_path %s/%s;\n", kind, n.dir, kind)
	}
	b.WriteString(n.filled(s.http) + "\n")
	fmt.Fprintf(&b, "server {\nlisten %s;\n%s\n}\n", n.api, or(s.api, "location / { proxy_pass http://API; }"))
	fmt.Fprintf(&b, "server {\nlisten %s;\n%s\n}\n", n.ws, or(s.ws, "location / { proxy_pass http://WS; "+passUpgrade+" }"))
	fmt.Fprintf(&b, "server {\nlisten %s ssl;\nssl_certificate %s;\nssl_certificate_key %s;\n%s\n}\n}\n", n.tls, n.cert, n.keys,
		or(s.tls, "location / { proxy_pass http://WS; "+passUpgrade+" }\nlocation = /route { proxy_pass http://API; }\nlocation ~ ^/. { proxy_pass http://API; }"))
	return strings.NewReplacer("http://API", "http://"+host(n.back.APIURL()), "http://WS", "http://"+host(n.back.WSURL())).Replace(b.String())
}

// filled puts the ports of this nginx in.
func (n *nginx) filled(s string) string {
	return strings.NewReplacer("TLSADDR", n.tls).Replace(s)
}

func (n *nginx) start(s site) {
	n.t.Helper()
	n.now = s
	file := filepath.Join(n.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(n.config(s)), 0o600); err != nil {
		n.t.Fatal(err)
	}
	var said bytes.Buffer
	n.cmd = exec.Command(n.program, "-p", n.dir, "-c", file, "-e", filepath.Join(n.dir, "error.log"))
	n.cmd.Stderr = &said
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", n.tls)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(end) {
			b, _ := os.ReadFile(filepath.Join(n.dir, "error.log"))
			n.t.Fatalf("nginx does not listen: %v\n%s%s", err, &said, b)
		}
	}
}

func (n *nginx) stop() {
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	_ = n.cmd.Wait()
}

// again goes on with another configuration, on the same ports.
func (n *nginx) again(s site) {
	n.t.Helper()
	n.stop()
	n.start(s)
}

// answered counts the requests that were answered with a status.
func (n *nginx) answered(status string) int {
	n.t.Helper()
	b, err := os.ReadFile(filepath.Join(n.dir, "access.log"))
	if err != nil {
		n.t.Fatal(err)
	}
	return strings.Count(string(b), status+"\n")
}
