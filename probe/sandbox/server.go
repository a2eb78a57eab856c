package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a running stand-in. Close ends it; so does the context it was
// started with. All methods are safe for concurrent use.
type Server struct {
	cfg     Config
	t       traits
	started time.Time

	done   chan struct{}
	ending sync.Once
	unhook func() bool
	wg     sync.WaitGroup

	certs   *certificates
	api     net.Listener
	ws      net.Listener
	wss     net.Listener
	tcp     net.Listener
	manager net.Listener
	proxy   net.Listener
	https   []*http.Server
	nowhere net.Listener // where nothing listens, for Proxy.To "nothing"

	mu     sync.Mutex // guards what follows
	ended  bool
	conns  map[*conn]struct{}
	nextID int64
	store  store
	online map[string][]*conn
	flight map[string]*flight
	counts map[string]int // how often each counted fault has played
	log    log
}

// Start listens and serves until the context ends or Close is called. It fails
// on a bad Config and when an address cannot be listened on.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s := &Server{
		cfg:     cfg,
		t:       cfg.applyTimes(traitsOf(cfg.Generation)),
		started: time.Now(),
		done:    make(chan struct{}),
		conns:   map[*conn]struct{}{},
		online:  map[string][]*conn{},
		flight:  map[string]*flight{},
		counts:  map[string]int{},
		store:   newStore(cfg.Generation),
		unhook:  func() bool { return true },
	}
	if err := s.listen(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s.serve()
	s.unhook = context.AfterFunc(ctx, s.end)
	return s, nil
}

// Close ends the server: listeners, open connections and everything that waits.
// It returns when all of it is gone and may be called more than once.
func (s *Server) Close() {
	s.unhook()
	s.end()
	s.wg.Wait()
}

func (s *Server) end() {
	s.ending.Do(func() {
		s.mu.Lock()
		s.ended = true
		open := make([]*conn, 0, len(s.conns))
		for c := range s.conns {
			open = append(open, c)
		}
		s.mu.Unlock()
		close(s.done)
		for _, l := range []net.Listener{s.api, s.ws, s.wss, s.tcp, s.manager, s.proxy, s.nowhere} {
			if l != nil {
				l.Close()
			}
		}
		for _, srv := range s.https {
			srv.Close()
		}
		for _, c := range open {
			c.abort()
		}
	})
}

// enter counts a goroutine or a request in, unless the server has ended. Each
// true needs one s.wg.Done.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.wg.Add(1)
	return true
}

// later runs f after d on a goroutine of its own, unless the server ends first.
func (s *Server) later(d time.Duration, f func()) {
	if !s.enter() {
		return
	}
	go func() {
		defer s.wg.Done()
		if s.pause(d) {
			f()
		}
	}()
}

// pause waits for d and reports whether the server is still up.
func (s *Server) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}

func (s *Server) listen(ctx context.Context) error {
	var err error
	if s.cfg.TLS != "" || s.cfg.Proxy.TLS {
		if s.certs, err = mint(s.cfg.TLS, time.Now()); err != nil {
			return err
		}
	}
	type place struct {
		to     *net.Listener
		addr   string
		want   bool
		refuse bool
	}
	all := s.has("refuse")
	nowhere := s.cfg.Proxy.To == "nothing" || s.cfg.Proxy.Else == "nothing"
	var lc net.ListenConfig
	for _, p := range []place{
		{&s.api, s.cfg.Addr.API, true, s.has("refuse-api")},
		{&s.ws, s.cfg.Addr.WS, true, all || s.has("refuse-ws")},
		{&s.wss, s.cfg.Addr.WSS, s.cfg.TLS != "", all || s.has("refuse-wss")},
		{&s.tcp, s.cfg.Addr.TCP, true, all || s.has("refuse-tcp")},
		{&s.manager, s.cfg.Addr.Manager, true, false},
		{&s.proxy, s.cfg.Addr.Proxy, s.cfg.Proxy.used(), false},
		{&s.nowhere, "127.0.0.1:0", nowhere, true},
	} {
		switch {
		case !p.want:
		case p.refuse:
			var held *refusedPort
			if held, err = refusePort(ctx, p.addr); err == nil {
				*p.to = held // never a nil in an interface
			}
		default:
			*p.to, err = lc.Listen(ctx, "tcp", p.addr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// serve starts what has been listened on. On a refused port there is nothing to
// accept, which ends its server at once.
func (s *Server) serve() {
	s.serveHTTP(s.api, http.HandlerFunc(s.serveAPI))
	s.serveHTTP(s.manager, http.HandlerFunc(s.serveManager))
	if s.proxy != nil {
		l := s.proxy
		if s.cfg.Proxy.TLS {
			l = tls.NewListener(l, s.certs.config())
		}
		s.serveHTTP(l, s.proxyHandler())
	}
	s.serveSockets(s.ws, "ws")
	s.serveSockets(s.tcp, "tcp")
	if s.wss != nil {
		s.serveSockets(s.wss, "wss")
	}
}

func (s *Server) serveHTTP(l net.Listener, h http.Handler) {
	if _, refused := l.(*refusedPort); refused {
		return // http.Server would close it
	}
	srv := &http.Server{Handler: s.counted(h), ErrorLog: discardLog(), ReadHeaderTimeout: 10 * time.Second}
	s.https = append(s.https, srv)
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		srv.Serve(l) // its error only says that the listener was closed
	}()
}

// counted keeps Close waiting for requests in progress.
func (s *Server) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			return
		}
		defer s.wg.Done()
		w.Header().Set("Server", "wkctl-sandbox")
		h.ServeHTTP(w, r)
	})
}

// serveSockets accepts on a socket port. A passing error (too many open files,
// an aborted dial) does not end it.
func (s *Server) serveSockets(l net.Listener, transport string) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		for {
			raw, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				if !s.pause(10 * time.Millisecond) {
					return
				}
				continue
			}
			if !s.enter() {
				raw.Close()
				return
			}
			go func() {
				defer s.wg.Done()
				s.serveSocket(raw, transport)
			}()
		}
	}()
}
