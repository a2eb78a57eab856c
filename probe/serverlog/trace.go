package serverlog

import "bytes"

// maxTrace is how many lines of stack a panic is followed for, so that its entry
// is not held back forever: with thousands of goroutines the dump is long, but
// the panicking one comes first.
const maxTrace = 400

// tracer follows stack traces: those that the Go runtime writes when the process
// dies, and those that v3 writes behind an error line.
type tracer struct {
	inside   bool   // the line before was an error, a panic or a part of a trace
	dump     bool   // it is the runtime's, which has blank lines in it
	panicMsg []byte // message of the last panic that zap wrote: the runtime repeats it
	held     *Entry // a panic whose cause the trace may tell
	lines    int
	emit     func(Entry) error
}

// plain handles a line without a level: what it was, and whether it is done with.
func (t *tracer) plain(b []byte, s *scan) (done bool, err error) {
	if msg, ok := panicText(b); ok {
		if err := t.end(); err != nil {
			return true, err
		}
		t.inside, t.dump = true, true
		if t.panicMsg != nil && bytes.HasPrefix(msg, t.panicMsg) {
			t.panicMsg = nil
			s.count.stats.Folded++
			return true, nil
		}
		e := s.panicEntry(msg)
		t.held, t.lines = &e, 0
		return true, nil
	}
	if !t.inside || !traceLine(b) || len(b) == 0 && !t.dump {
		t.inside = false
		return false, t.end()
	}
	s.count.stats.Trace++
	if t.again(b) {
		s.count.stats.Folded++
		return true, nil
	}
	t.look(b)
	if t.lines++; t.held != nil && t.lines > maxTrace {
		return true, t.end()
	}
	return true, nil
}

// again says whether b repeats, below the runtime's first line, a panic that zap
// has written: a reactor of v2 recovers, logs and panics again. The entry is the
// logged one's.
//
//	panic: runtime error: … [recovered]
//		panic: 【ReactorSub-1】reactorSub panic
func (t *tracer) again(b []byte) bool {
	msg, ok := panicText(bytes.TrimPrefix(b, []byte("\t")))
	if !ok || t.held == nil || t.panicMsg == nil || !bytes.HasPrefix(msg, t.panicMsg) {
		return false
	}
	t.held, t.panicMsg = nil, nil
	return true
}

// structured notes that a line with a level came.
func (t *tracer) structured(rec *record) error {
	t.inside, t.dump = rec.level >= levelError, false
	if rec.level >= levelPanic {
		t.panicMsg = append(t.panicMsg[:0:0], zapMessage(rec)...)
	}
	if t.held == nil {
		return nil
	}
	return t.end()
}

// zapMessage gives the message as zap passes it to panic().
func zapMessage(rec *record) []byte {
	if len(rec.module) == 0 {
		return rec.msg
	}
	msg := append([]byte(openMark), rec.module...)
	msg = append(msg, closeMark...)
	return append(msg, rec.msg...)
}

// end hands the panic over.
func (t *tracer) end() error {
	if t.held == nil {
		return nil
	}
	e := *t.held
	t.held = nil
	return t.emit(e)
}

// look finds the cause of a panic in its trace.
func (t *tracer) look(b []byte) {
	if t.held == nil || t.held.Kind != KindPanic {
		return
	}
	has := func(s string) bool { return bytes.Contains(b, []byte(s)) }
	switch {
	case has("server.(*Processor).getClientAesKeyAndIV"):
		t.held.Kind, t.held.Generations = KindClientKeyPanic, genBeforeV2
	case has("server.(*Server).getClientAesKeyAndIV"):
		t.held.Kind, t.held.Generations = KindClientKeyPanic, GenV20
	case has(readHello):
		t.held.Kind, t.held.Generations = KindTLSPanic, genTLSPanic
	case has(").getClientAesKeyAndIV"):
		t.held.Kind, t.held.Generations = KindClientKeyPanic, GenV2
	case has("(*ConnackPacket).GetFrameSize"):
		// v2.1.0–2.2.5: handleConnect gives no packet for the manager, and the
		// event queue asks its size (internal/eventbus/event.go).
		t.held.Kind, t.held.Generations = KindManagerTokenPanic, GenV2
	}
}

// panicText gives what follows "panic: " or "fatal error: ".
func panicText(b []byte) ([]byte, bool) {
	for _, start := range []string{"panic: ", "fatal error: "} {
		if bytes.HasPrefix(b, []byte(start)) {
			return b[len(start):], true
		}
	}
	return nil, false
}

// traceLine says whether b looks like a line of a Go stack trace: blank, a place
// in a file, the head of a goroutine, a function with or without arguments.
func traceLine(b []byte) bool {
	if len(b) == 0 || b[0] == '\t' {
		return true
	}
	for _, start := range []string{"goroutine ", "created by ", "[signal ", "exit status ", "runtime.", "main.", "panic("} {
		if bytes.HasPrefix(b, []byte(start)) {
			return true
		}
	}
	head := b
	if i := bytes.IndexByte(head, '('); i > 0 {
		head = head[:i]
	}
	dot := bytes.IndexByte(head, '.')
	return dot > 0 && bytes.IndexByte(head, ' ') < 0 && bytes.IndexByte(b, '"') < 0
}
