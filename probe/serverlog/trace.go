package serverlog

import "bytes"

// maxTrace is how many lines of stack a panic is followed for, so that its entry
// is not held back forever: with thousands of goroutines the dump is long, but
// the panicking one comes first.
const maxTrace = 400

// tracer follows stack traces: those that the Go runtime writes when the process
// dies, those of a request that gin recovered from, and those that v3 writes
// behind an error line.
type tracer struct {
	inside   bool   // the line before was an error, a panic or a part of a trace
	dump     bool   // it is the runtime's, which has blank lines in it
	head     int    // lines of a recovered request still to come at most, before its stack
	panicMsg []byte // message of the last panic that zap wrote: the runtime repeats it
	held     *Entry // a panic whose cause the trace may tell
	lines    int
	emit     func(Entry) error
}

// recovered is in the first line of what gin prints of a panic in a request (gin
// v1.8.2 recovery.go): "2026/11/28 19:41:08 [Recovery] 2026/11/28 - 19:41:08 panic
// recovered:". At level debug the request follows, then the panic's text, then its stack.
const recovered = "panic recovered:"

// maxHead is how many lines may stand between that line and the stack.
const maxHead = 40

// starts says whether b is the first line of a panic.
func (t *tracer) starts(b []byte) bool {
	_, ok := panicText(b)
	return ok || bytes.HasSuffix(b, []byte(recovered))
}

// plain handles a line without a level: what it was, and whether it is done with.
func (t *tracer) plain(b []byte, s *scan) (done bool, err error) {
	if bytes.HasSuffix(b, []byte(recovered)) && bytes.Contains(b, []byte("[Recovery]")) {
		return true, t.request(s)
	}
	if msg, ok := panicText(b); ok {
		if err := t.end(); err != nil {
			return true, err
		}
		t.inside, t.dump, t.head = true, true, 0
		if t.panicMsg != nil && bytes.HasPrefix(msg, t.panicMsg) {
			t.panicMsg = nil
			s.count.stats.Folded++
			return true, nil
		}
		e := s.panicEntry(msg)
		t.held, t.lines = &e, 0
		return true, nil
	}
	if t.head > 0 {
		t.heading(b, s)
	} else if !t.inside || !traceLine(b) || len(b) == 0 && !t.dump {
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

// request begins what gin prints of a panic in a request. Where zap has just
// written the panic its entry is that one's.
func (t *tracer) request(s *scan) error {
	if err := t.end(); err != nil {
		return err
	}
	t.inside, t.dump, t.head, t.lines = true, true, maxHead, 0
	s.known()
	if t.panicMsg != nil {
		t.panicMsg = nil
		s.count.stats.Folded++
		return nil
	}
	e := s.panic()
	e.Kind, e.Generations = KindAPIPanic, genBeforeV2|GenV20|GenV2
	t.held = &e
	return nil
}

// heading reads a line between gin's first and the stack: the request, the text.
func (t *tracer) heading(b []byte, s *scan) {
	if t.head--; bytes.Contains(b, []byte(".go:")) {
		t.head = 0
		return
	}
	if t.held == nil || len(b) == 0 {
		return
	}
	if word, rest := cutWord(b); string(word) == "POST" || string(word) == "GET" {
		a := access{}
		if a.setPath(rest) {
			t.held.Path = clean([]byte(a.bare()), maxShort)
		}
		return
	}
	if !bytes.Contains(b, []byte(": ")) || t.held.Error == "" && t.held.Path == "" { // no header
		t.held.Error = s.class.mask.text(b, maxError)
	}
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
	if t.held == nil || t.held.Kind != KindPanic && t.held.Kind != KindAPIPanic {
		return
	}
	has := func(s string) bool { return bytes.Contains(b, []byte(s)) }
	switch {
	case t.held.Kind == KindAPIPanic:
		if has(".deviceQuit") && bytes.Contains([]byte(t.held.Error), []byte(emptyShard)) {
			t.held.Kind, t.held.Path = KindNoUIDCall, pathQuit
		}
	case has(".ConfigureWithViper"):
		t.held.Kind = configured(t.held.Error)
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
	if b = bytes.TrimLeft(b, " "); len(b) == 0 { // copied with its indentation
		return true
	}
	if b[0] == '/' && bytes.Contains(b, []byte(".go:")) { // gin's stacks, and tabs that were lost
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
