package sandbox

import (
	"net"
	"net/http"
	"time"
)

// life is one process of the server: what goes down with it in a crash, and what
// a supervisor starts again. The store, the logs and the addresses outlive it, and
// so does the reverse proxy, which is a process of its own.
type life struct {
	started   time.Time
	done      chan struct{} // closed when it is over
	over      bool          // guarded by Server.mu
	listeners []net.Listener
	https     []*http.Server
}

// restartPause is how long the server is away with fault restart.
const restartPause = 200 * time.Millisecond

// rebindPause is how long a server that has come back waits for a port that is
// taken, before it tries again.
const rebindPause = 20 * time.Millisecond

// Died reports whether the server has ever gone down as in a crash (faults
// die-on-tls and restart). It stays true when the server has come back.
func (s *Server) Died() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deaths > 0
}

// current is the process that runs, or the one that ran last.
func (s *Server) current() *life {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// begin makes a process out of listeners and serves them. It does nothing, and
// closes them, when the server has been closed meanwhile.
func (s *Server) begin(sockets []socket) bool {
	l := &life{started: time.Now(), done: make(chan struct{})}
	for _, k := range sockets {
		l.listeners = append(l.listeners, k.listener)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		for _, open := range l.listeners {
			open.Close()
		}
		return false
	}
	for _, k := range sockets {
		switch k.port {
		case &s.api:
			api := k.listener
			if s.has("stale-keep-alive") {
				api = staleListener{api}
			}
			l.https = append(l.https, s.serveHTTP(l, api, http.HandlerFunc(s.serveAPI)))
		case &s.manager:
			l.https = append(l.https, s.serveHTTP(l, k.listener, http.HandlerFunc(s.serveManager)))
		default:
			s.serveSockets(l, k)
		}
	}
	s.now = l
	return true
}

// stop ends a process: its listeners first, so that whoever sees a connection go
// is refused when it dials again, then its connections and all that waits. It
// reports whether it was running and which connections it had.
func (s *Server) stop(l *life, crash bool) (bool, []*conn) {
	s.mu.Lock()
	if l.over {
		s.mu.Unlock()
		return false, nil
	}
	l.over = true
	if crash { // known before anybody can see a connection go
		s.deaths++
	}
	open := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	close(l.done)
	for _, listener := range l.listeners {
		listener.Close()
	}
	for _, srv := range l.https {
		srv.Close()
	}
	for _, c := range open {
		c.abort()
	}
	return true, open
}

// die ends a process as a crash does. After back a new one is there, on the same
// ports; 0 means that it stays away.
func (s *Server) die(l *life, back time.Duration) {
	ran, open := s.stop(l, true)
	if !ran {
		return
	}
	var clients []*Client // those of Online notice, and come back if they reconnect
	for _, c := range open {
		if p, ok := c.out.(clientPeer); ok {
			s.drop(c)
			clients = append(clients, p.cl)
		}
	}
	s.holdPorts()
	if back <= 0 || !s.enter(nil) {
		return
	}
	go func() {
		defer s.wg.Done()
		if wait(back, s.done) && s.rise() {
			for _, cl := range clients {
				cl.again()
			}
		}
	}()
}

// rise starts a new process on the ports of the last one.
func (s *Server) rise() bool {
	s.releasePorts()
	var sockets []socket
	for _, k := range s.sockets {
		for {
			l, err := s.bind((*k.port).Addr().String())
			if err == nil {
				sockets = append(sockets, socket{k.port, l, k.transport})
				break
			}
			if !wait(rebindPause, s.done) { // closed, with the port in other hands
				for _, open := range sockets {
					open.listener.Close()
				}
				return false
			}
		}
	}
	return s.begin(sockets)
}

// holdPorts keeps the ports of a dead server from being given to others. One that
// cannot be held is refused as well, as long as nobody takes it.
func (s *Server) holdPorts() {
	if s.cfg.Listen != nil {
		return // nobody else gets them, see there
	}
	var held []*refusedPort
	for _, k := range s.sockets {
		if p, err := s.refuse((*k.port).Addr().String(), true); err == nil {
			held = append(held, p)
		}
	}
	s.mu.Lock()
	s.held = held
	ended := s.ended
	s.mu.Unlock()
	if ended {
		s.releasePorts()
	}
}

func (s *Server) releasePorts() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	for _, p := range held {
		p.Close()
	}
}

// enter counts a goroutine or a request in, unless its process is over (nil: the
// server). Each true needs one s.wg.Done.
func (s *Server) enter(l *life) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || l != nil && l.over {
		return false
	}
	s.wg.Add(1)
	return true
}

// later runs f after d on a goroutine of its own, unless the process ends first.
func (s *Server) later(d time.Duration, f func()) {
	l := s.current()
	if !s.enter(l) {
		return
	}
	go func() {
		defer s.wg.Done()
		if wait(d, l.done) {
			f()
		}
	}()
}

// pause waits for d and reports whether the process is still up.
func (s *Server) pause(d time.Duration) bool { return wait(d, s.current().done) }

// wait pauses for d and reports whether it was not cut short.
func wait(d time.Duration, cut <-chan struct{}) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-cut:
		return false
	}
}
