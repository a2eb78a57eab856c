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
	cfg Config
	t   traits

	done   chan struct{} // closed when the server is
	ending sync.Once
	unhook func() bool
	wg     sync.WaitGroup
	bind   func(addr string) (net.Listener, error)             // under the context of Start
	refuse func(addr string, reuse bool) (*refusedPort, error) // likewise

	certs   *certificates
	sockets []socket // the ports that a process listens on
	// The listeners of the first process. They tell the addresses, which stay.
	api     net.Listener
	ws      net.Listener
	wss     net.Listener
	tcp     net.Listener
	manager net.Listener
	proxy   net.Listener
	front   *http.Server // of the proxy
	nowhere net.Listener // where nothing listens

	mu      sync.Mutex // guards what follows
	ended   bool
	now     *life
	deaths  int
	held    []*refusedPort // the ports of a dead process
	conns   map[*conn]struct{}
	nextID  int64
	store   store
	online  map[string][]*conn
	flight  map[string]*flight
	counts  map[string]int // how often each counted fault has played
	buckets map[string]*bucket
	log     log
}

// socket is one port of the server.
type socket struct {
	port      *net.Listener // which of Server's it is
	listener  net.Listener
	transport string // ws, wss or tcp, "" for HTTP
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
		done:    make(chan struct{}),
		now:     &life{done: make(chan struct{})},
		conns:   map[*conn]struct{}{},
		online:  map[string][]*conn{},
		flight:  map[string]*flight{},
		counts:  map[string]int{},
		buckets: map[string]*bucket{},
		store:   newStore(cfg.Generation),
		unhook:  func() bool { return true },
	}
	s.attach(ctx)
	if err := s.listen(); err != nil {
		s.Close()
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s.serve()
	s.unhook = context.AfterFunc(ctx, s.end)
	return s, nil
}

// attach chooses the network.
func (s *Server) attach(ctx context.Context) {
	if listen := s.cfg.Listen; listen != nil {
		s.bind = func(addr string) (net.Listener, error) { return listen("tcp", addr) }
		s.refuse = func(addr string, _ bool) (*refusedPort, error) { return closedPort(listen, addr) }
		return
	}
	var lc net.ListenConfig
	s.bind = func(addr string) (net.Listener, error) { return lc.Listen(ctx, "tcp", addr) }
	s.refuse = func(addr string, reuse bool) (*refusedPort, error) { return refusePort(ctx, addr, reuse) }
}

// Close stops the stand-in: listeners, open connections and everything that waits.
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
		l := s.now
		s.mu.Unlock()
		close(s.done)
		s.stop(l, false)
		s.releasePorts()
		if s.front != nil {
			s.front.Close()
		}
		for _, l := range []net.Listener{s.api, s.ws, s.wss, s.tcp, s.manager, s.proxy, s.nowhere} {
			if l != nil {
				l.Close() // those that no process served, too
			}
		}
	})
}

func (s *Server) listen() error {
	var err error
	if s.cfg.TLS != "" || s.cfg.Proxy.TLS {
		if s.certs, err = mint(s.cfg.TLS, time.Now()); err != nil {
			return err
		}
	}
	type place struct {
		socket
		addr   string
		want   bool
		refuse bool
	}
	all := s.has("refuse")
	nowhere := s.cfg.Proxy.To == "nothing" || s.cfg.Proxy.Else == "nothing" || s.has("forward-fails")
	for _, p := range []place{
		{socket{port: &s.api}, s.cfg.Addr.API, true, s.has("refuse-api")},
		{socket{port: &s.ws, transport: "ws"}, s.cfg.Addr.WS, true, all || s.has("refuse-ws")},
		{socket{port: &s.wss, transport: "wss"}, s.cfg.Addr.WSS, s.cfg.TLS != "" || s.has("die-on-tls"), all || s.has("refuse-wss")},
		{socket{port: &s.tcp, transport: "tcp"}, s.cfg.Addr.TCP, true, all || s.has("refuse-tcp")},
		{socket{port: &s.manager}, s.cfg.Addr.Manager, true, false},
		{socket{port: &s.proxy}, s.cfg.Addr.Proxy, s.cfg.Proxy.used(), false},
		{socket{port: &s.nowhere}, "127.0.0.1:0", nowhere, true},
	} {
		switch {
		case !p.want:
		case p.refuse:
			var held *refusedPort
			if held, err = s.refuse(p.addr, false); err == nil {
				*p.port = held // never a nil in an interface
			}
		default:
			if p.listener, err = s.bind(p.addr); err == nil {
				*p.port = p.listener
				if p.port != &s.proxy {
					s.sockets = append(s.sockets, p.socket)
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// serve starts what has been listened on, and the clock of fault restart.
func (s *Server) serve() {
	if s.proxy != nil {
		l := s.proxy
		if s.cfg.Proxy.TLS {
			l = tls.NewListener(l, s.certs.config())
		}
		s.front = s.serveHTTP(nil, l, s.proxyHandler())
	}
	s.begin(s.sockets)
	if f, ok := s.fault("restart"); ok {
		l := s.current()
		s.later(f.Delay, func() { s.die(l, restartPause) })
	}
}

// serveHTTP serves a process, or with nil the proxy.
func (s *Server) serveHTTP(life *life, l net.Listener, h http.Handler) *http.Server {
	srv := &http.Server{Handler: s.counted(life, h), ErrorLog: discardLog(), ReadHeaderTimeout: 10 * time.Second, ConnState: s.follow}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		srv.Serve(l) // its error only says that the listener was closed
	}()
	return srv
}

// follow is the ConnState of every HTTP server here. It keeps Close waiting for the
// goroutine of each connection: one that was refused its request outlives it by
// half a second.
func (s *Server) follow(raw net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew: // the accept loop is counted as well
		s.wg.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.wg.Done()
	case http.StateIdle:
		goStale(raw)
	}
}

// counted keeps Close waiting for requests in progress.
func (s *Server) counted(l *life, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter(l) {
			panic(http.ErrAbortHandler) // a process that is over answers nothing, not even an empty 200
		}
		defer s.wg.Done()
		w.Header().Set("Server", "wkctl-sandbox")
		h.ServeHTTP(w, r)
	})
}

// serveSockets accepts on a socket port. A passing error (too many open files,
// an aborted dial) does not end it.
func (s *Server) serveSockets(l *life, k socket) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		for {
			raw, err := k.listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				if !wait(10*time.Millisecond, l.done) {
					return
				}
				continue
			}
			if !s.enter(l) {
				raw.Close()
				return
			}
			go func() {
				defer s.wg.Done()
				s.serveSocket(l, raw, k.transport)
			}()
		}
	}()
}
