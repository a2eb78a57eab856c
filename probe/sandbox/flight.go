package sandbox

import "time"

// batchWindow is how close two CONNECTs of one uid arrive when servers 2.1.0 to
// 2.2.5 take them as one batch, in which a failing one drops those after it
// (internal/user/handler/event_connect.go).
const batchWindow = 10 * time.Millisecond

// unanswered is how long a CONNECT that is refused in silence counts as being
// under way. Its client cannot know yet that it was decided.
const unanswered = 50 * time.Millisecond

// flight is what is under way for one uid. An attempt lasts from the accept of
// its socket until it is answered or closed.
type flight struct {
	open      map[*conn]time.Time // attempts under way, and until when (zero: undecided)
	landed    time.Time           // when the last one ended
	lander    *conn               // and which it was
	failedAt  time.Time           // when the last failing CONNECT arrived
	failed    *conn               // and on which connection
	arrivedAt map[*conn]time.Time
}

// depart logs a CONNECT and notes whether another attempt of its uid overlaps.
func (s *Server) depart(c *conn, rec *ConnectRecord) {
	s.mu.Lock()
	f := s.flight[rec.UID]
	if f == nil {
		f = &flight{open: map[*conn]time.Time{}, arrivedAt: map[*conn]time.Time{}}
		s.flight[rec.UID] = f
	}
	rec.Overlapped = f.lander != c && f.landed.After(c.dialed)
	for other, until := range f.open {
		if other != c && (until.IsZero() || until.After(c.dialed)) {
			rec.Overlapped = true
		}
	}
	f.open[c], f.arrivedAt[c] = time.Time{}, rec.At
	s.log.connects = append(s.log.connects, rec)
	s.mu.Unlock()
	if rec.Overlapped && s.t.silent {
		s.hazard("two attempts of uid %q at once: 2.1.0 to 2.2.5 may drop the good one", rec.UID)
	}
}

// dropped reports whether a CONNECT falls into the batch of a failing one. The
// failing one's socket has to be open still: a client that has seen it closed has
// seen the batch end.
func (s *Server) dropped(c *conn, uid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flight[uid]
	if f == nil || !s.t.silent || f.failed == nil || f.failed == c {
		return false
	}
	_, stillOpen := s.conns[f.failed]
	return stillOpen && f.arrivedAt[c].Sub(f.failedAt).Abs() < batchWindow
}

// settle logs what a CONNECT came to and ends or times its attempt.
func (s *Server) settle(c *conn, rec *ConnectRecord, out outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec.Verdict, rec.Reason = out.verdict, uint8(out.reason)
	f := s.flight[rec.UID]
	if f == nil {
		return
	}
	switch out.verdict {
	case Silent:
		f.failed, f.failedAt = c, f.arrivedAt[c]
		f.open[c] = time.Now().Add(unanswered)
	case Lost:
		f.open[c] = time.Now().Add(unanswered)
	default:
		if _, under := f.open[c]; under { // not when it was closed meanwhile
			f.end(c, time.Now())
		}
	}
}

// land ends the attempts of a connection that is closed.
func (s *Server) land(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, f := range s.flight {
		if until, ok := f.open[c]; ok {
			if until.IsZero() || until.After(now) {
				until = now
			}
			f.end(c, until)
		}
	}
}

func (f *flight) end(c *conn, at time.Time) {
	delete(f.open, c)
	delete(f.arrivedAt, c)
	if at.After(f.landed) {
		f.landed, f.lander = at, c
	}
}
