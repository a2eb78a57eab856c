package sandbox

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// proxyHandler is the reverse proxy of Config.Proxy. A target that answers with
// anything but HTTP, or not at all, gives 502, as with nginx.
func (s *Server) proxyHandler() http.Handler {
	p := s.cfg.Proxy
	prefix := p.Path
	if prefix == "" {
		prefix = "/"
	}
	to, rest := s.forward(p.To), s.forward(p.Else)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, prefix):
			rest.ServeHTTP(w, r)
		case p.Status != 0:
			if p.Location != "" {
				w.Header().Set("Location", p.Location)
			}
			writeRaw(w, p.Status, "text/html", []byte("<html><h1>"+http.StatusText(p.Status)+"</h1></html>"))
		default:
			if p.Strip {
				r.Header.Del("Upgrade")
				r.Header.Del("Connection")
			}
			to.ServeHTTP(w, r)
		}
	})
}

// forward passes requests on to a listener; "" answers 404.
func (s *Server) forward(to string) http.Handler {
	host := ""
	switch to {
	case "api":
		host = reachable(s.api)
	case "ws":
		host = reachable(s.ws)
	case "wss":
		host = reachable(s.wss)
	case "tcp":
		host = reachable(s.tcp)
	case "nothing":
		host = reachable(s.nowhere)
	default:
		return http.NotFoundHandler()
	}
	rp := &httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(&url.URL{Scheme: "http", Host: host})
			pr.Out.Host = pr.In.Host
		},
		Transport: &http.Transport{DialContext: s.cfg.Dial, DisableKeepAlives: true},
		ErrorLog:  discardLog(),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			io.WriteString(w, "<html><h1>502 Bad Gateway</h1></html>")
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Server") // ours says it once
			return nil
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { rp.ServeHTTP(spliced{w}, r) })
}

// spliced makes an upgraded connection end as a whole when one side does, as
// nginx ends it. httputil would pass the half-close on and keep the client's half
// until the client lets go.
type spliced struct{ http.ResponseWriter }

func (w spliced) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack hides the CloseWrite of a TCP connection.
func (w spliced) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return struct{ net.Conn }{raw}, rw, nil
}
