package sandbox

import (
	"io"
	stdlog "log"
	"net"
)

// APIURL is the HTTP API, as http://host:port.
func (s *Server) APIURL() string { return "http://" + reachable(s.api) }

// WSURL is the WebSocket listener, as ws://host:port.
func (s *Server) WSURL() string { return "ws://" + reachable(s.ws) }

// WSSURL is the wss listener, "" without Config.TLS and fault die-on-tls.
func (s *Server) WSSURL() string {
	if s.wss == nil {
		return ""
	}
	return "wss://" + reachable(s.wss)
}

// TCPAddr is the WKProto listener, as host:port.
func (s *Server) TCPAddr() string { return reachable(s.tcp) }

// ManagerURL is the manager port, as http://host:port.
func (s *Server) ManagerURL() string { return "http://" + reachable(s.manager) }

// ProxyURL is the reverse proxy, as http:// or https://host:port, "" without Config.Proxy.
func (s *Server) ProxyURL() string {
	switch {
	case s.proxy == nil:
		return ""
	case s.cfg.Proxy.TLS:
		return "https://" + reachable(s.proxy)
	}
	return "http://" + reachable(s.proxy)
}

// CACert is the PEM of the certificate to trust for TLS "valid" and for all other
// modes to fail on nothing but what they are named after; nil without TLS.
func (s *Server) CACert() []byte {
	if s.certs == nil {
		return nil
	}
	return s.certs.root
}

// Generation is what the server behaves like.
func (s *Server) Generation() Generation { return s.cfg.Generation }

// StandsFor is the release whose behaviour is played, "2.2.5" for example.
func (s *Server) StandsFor() string { return s.t.standsFor }

// reachable is a listener's address, with the loopback address in place of an
// unspecified one.
func reachable(l net.Listener) string {
	addr := l.Addr().String()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

func discardLog() *stdlog.Logger { return stdlog.New(io.Discard, "", 0) }
