package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// Request is one HTTP request that reached the API.
type Request struct {
	At     time.Time
	Method string
	Path   string // without the query
	Query  string
	Header http.Header
	Body   string // as sent, tokens included
	Status int    // what it was answered, 0 while it is not
}

// Verdict is what became of a CONNECT.
type Verdict string

// The verdicts.
const (
	Pending  Verdict = "pending"  // not decided yet
	Accepted Verdict = "accepted" // CONNACK reason 1 (or its loss, with fault no-connack)
	Refused  Verdict = "refused"  // CONNACK with another reason
	Silent   Verdict = "silent"   // refused without a CONNACK
	Closed   Verdict = "closed"   // the socket was closed instead
	Lost     Verdict = "lost"     // never looked at
)

// ConnectRecord is one CONNECT that arrived.
type ConnectRecord struct {
	Dialed    time.Time // when its socket was accepted
	At        time.Time
	Transport string // ws, wss or tcp
	JSONRPC   bool
	UID       string
	Flag      uint8
	DeviceID  string
	Version   uint8
	Token     string
	Verdict   Verdict
	Reason    uint8 // of the CONNACK that was sent, 0 without one
	// Overlapped tells that another attempt of the same uid was under way: its
	// socket was open and its CONNECT not answered yet, or the other way round.
	Overlapped bool
}

// log remembers what clients did. It is guarded by Server.mu.
type log struct {
	requests []*Request
	connects []*ConnectRecord
	hazards  []string
	dials    map[string]int
}

// Requests returns every request to the API so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.log.requests))
	for i, r := range s.log.requests {
		out[i] = *r
	}
	return out
}

// Connects returns every CONNECT so far, oldest first. Those of [Server.Online]
// are not among them.
func (s *Server) Connects() []ConnectRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]ConnectRecord, len(s.log.connects))
	for i, r := range s.log.connects {
		out[i] = *r
	}
	return out
}

// Dials counts the connections accepted on the socket ports so far.
func (s *Server) Dials() (ws, wss, tcp int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.dials["ws"], s.log.dials["wss"], s.log.dials["tcp"]
}

// Hazards lists what was received that harms real servers, oldest first. A
// client that keeps the probing rules leaves it empty.
func (s *Server) Hazards() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log.hazards...)
}

func (s *Server) hazard(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.hazards = append(s.log.hazards, fmt.Sprintf(format, args...))
}

func (s *Server) dialed(transport string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log.dials == nil {
		s.log.dials = map[string]int{}
	}
	s.log.dials[transport]++
}

// spend reports whether a counted fault plays once more.
func (s *Server) spend(f Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[f.Name]++
	return f.Count == 0 || s.counts[f.Name] <= f.Count
}
