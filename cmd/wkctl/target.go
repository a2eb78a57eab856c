package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

const defaultAPI = "http://127.0.0.1:" + wire.PortAPI

// prober builds the Prober that the server flags describe.
func (a *app) prober(c *cli.Context, vault *secret.Vault) (*measure.Prober, error) {
	api, err := address("api", c.String("api"), "http", "https")
	if err != nil {
		return nil, err
	}
	ws := c.String("ws")
	if ws != "" {
		if ws, err = address("ws", ws, "ws", "wss", "tcp"); err != nil {
			return nil, err
		}
	}
	if c.Duration("timeout") <= 0 {
		return nil, usage("timeout", "value", c.Duration("timeout").String())
	}
	manager, err := a.managerToken(c)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := a.tlsOf(c)
	if err != nil {
		return nil, err
	}
	return &measure.Prober{
		API: &measure.API{
			Base: strings.TrimRight(api, "/"), ManagerToken: vault.Manager(manager),
			Client: &http.Client{Transport: measure.NewTransport(tlsConfig, a.network.dial)}, Vault: vault,
		},
		ManagerFile: c.String("manager-token-file"), WS: ws, TLS: tlsConfig, Dial: a.network.dial, Timeout: c.Duration("timeout"), Version: toolVersion(), Vault: vault,
	}, nil
}

// address checks a URL given by the user. One without a scheme gets the first of
// schemes, as curl and browsers do it.
func address(flag, raw string, schemes ...string) (string, error) {
	raw = withScheme(raw, schemes[0])
	u, err := url.Parse(raw)
	if err == nil && u.Host != "" && u.User == nil {
		if schemes[0] == "http" && (u.RawQuery != "" || u.Fragment != "") {
			return "", usage("url-query", "flag", flag)
		}
		for _, s := range schemes {
			if u.Scheme == s && u.Hostname() != "" && validPort(u.Port()) {
				return raw, nil
			}
		}
	}
	example := map[string]string{"api": defaultAPI, "ws": "ws://127.0.0.1:" + wire.PortWS}[flag]
	if u != nil && u.User != nil {
		return "", usage("url-userinfo", "flag", flag)
	}
	return "", usage("url", "flag", flag, "value", strconv.Quote(measure.HideURL(raw)), "schemes", strings.Join(schemes, "://, ")+"://", "example", example)
}

// withScheme completes "localhost:5001", "host" and "::1". What begins like a URL
// stays as it is, so that a slip in it is reported and not dialled as a host.
func withScheme(raw, scheme string) string {
	if raw == "" || strings.HasPrefix(raw, "/") || strings.Contains(raw, "://") {
		return raw
	}
	for _, known := range []string{"http", "https", "ws", "wss", "tcp"} {
		if rest, ok := strings.CutPrefix(strings.ToLower(raw), known+":"); ok && (rest == "" || !validPort(rest)) {
			return raw
		}
	}
	if strings.Contains(raw, ":") && net.ParseIP(raw) != nil {
		raw = "[" + raw + "]"
	}
	return scheme + "://" + raw
}

func validPort(port string) bool {
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n > 0 && n < 65536
}

// managerToken comes from a file or from WKCTL_MANAGER_TOKEN.
func (a *app) managerToken(c *cli.Context) (string, error) {
	if path := c.String("manager-token-file"); path != "" {
		return a.secretFile(c.Context, "manager-token-file", path)
	}
	token := a.getenv(envPrefix + "MANAGER_TOKEN")
	return token, inUTF8("manager-token-file (WKCTL_MANAGER_TOKEN)", token)
}

// tlsOf gives the TLS settings; nil means the system's own.
func (a *app) tlsOf(c *cli.Context) (*tls.Config, error) {
	path, insecure := c.String("ca-cert"), c.Bool("insecure")
	if path == "" && !insecure {
		return nil, nil
	}
	conf := &tls.Config{InsecureSkipVerify: insecure} // as the user said
	if path != "" {
		pem, err := a.readInput(c.Context, "ca-cert", path, maxCA)
		if err != nil {
			return nil, err
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usage("ca-cert", "file", path)
		}
	}
	return conf, nil
}
