package measure

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe/wire"
)

// link is one open connection to a client port, WebSocket or TCP. One goroutine
// reads it from the start and puts what arrives on a channel: a read whose
// context ends would close the connection (coder/websocket v1.8.15), and
// waiting for several things at once needs a connection that survives.
type link struct {
	transport transport
	events    chan event
	stop      context.CancelFunc
	once      sync.Once

	loggedAt atomic.Int64 // when the server accepted a login on it, in ns since 1970; 0 = not yet
	endedAt  atomic.Int64 // when its reader met the end; 0 = not yet
}

// transport is the part that differs between WebSocket and TCP.
type transport interface {
	// send writes one message, whole and unfragmented.
	send(ctx context.Context, payload []byte, text bool) error
	// receive blocks for the next bytes.
	receive(ctx context.Context) ([]byte, error)
	// drop ends the connection at once, without a closing handshake.
	drop()
}

// event is a frame, or the end of the connection.
type event struct {
	at    time.Time
	frame wire.Frame
	raw   []byte // the frame's first bytes, maxRaw at most
	err   error  // the end; nothing follows
}

// maxPending bounds the events that nobody has read yet. A server that floods
// us meets a full channel, and the reader waits.
const maxPending = 16

// maxRaw bounds what is kept of a frame, in bytes: what is dumped, and a token that
// begins in there, of which a CONNECT carries 64 KiB at most. 16 frames of 1 MiB on
// each of 20 connections would be 320 MiB.
const maxRaw = maxDumped + 64<<10

// decoder reads the first frame of b and says how many bytes it took, as
// wire.Decode does.
type decoder func(b []byte) (wire.Frame, int, error)

// newLink starts reading. The context bounds the connection's whole life.
func newLink(ctx context.Context, t transport, decode decoder) *link {
	ctx, stop := context.WithCancel(ctx)
	l := &link{transport: t, events: make(chan event, maxPending), stop: stop}
	go l.read(ctx, decode)
	return l
}

func (l *link) read(ctx context.Context, decode decoder) {
	defer close(l.events)
	var pending []byte
	for {
		b, err := l.transport.receive(ctx)
		at := time.Now()
		if err != nil {
			l.endedAt.Store(at.UnixNano())
			l.emit(ctx, event{at: at, err: err})
			return
		}
		pending = append(pending, b...)
		for len(pending) > 0 {
			frame, n, err := decode(pending)
			if errors.Is(err, wire.ErrIncomplete) && len(pending) <= wire.MaxBody {
				break
			}
			if err != nil {
				l.emit(ctx, event{at: at, raw: pending, err: err})
				return
			}
			if !l.emit(ctx, event{at: at, frame: frame, raw: bytes.Clone(pending[:min(n, maxRaw)])}) {
				return
			}
			pending = pending[n:]
		}
	}
}

func (l *link) emit(ctx context.Context, e event) bool {
	select {
	case l.events <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// close drops the connection and ends its reader.
func (l *link) close() {
	l.once.Do(func() {
		l.stop()
		l.transport.drop()
		for range l.events {
		}
	})
}

// wsTransport is a WebSocket.
type wsTransport struct{ c *websocket.Conn }

func (t wsTransport) send(ctx context.Context, payload []byte, text bool) error {
	kind := websocket.MessageBinary
	if text {
		kind = websocket.MessageText
	}
	return t.c.Write(ctx, kind, payload)
}

func (t wsTransport) receive(ctx context.Context) ([]byte, error) {
	_, b, err := t.c.Read(ctx)
	return b, err
}

// drop does not wait for the peer: Close would take up to 10 s against a server
// that never echoes a close frame, and none of v1 and v2 does.
func (t wsTransport) drop() { _ = t.c.CloseNow() }

// tcpTransport is a plain TCP connection.
type tcpTransport struct {
	c   net.Conn
	buf []byte
}

func (t *tcpTransport) send(ctx context.Context, payload []byte, _ bool) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = t.c.SetWriteDeadline(deadline)
	}
	_, err := t.c.Write(payload)
	return err
}

func (t *tcpTransport) receive(context.Context) ([]byte, error) {
	n, err := t.c.Read(t.buf)
	if n > 0 {
		return append([]byte(nil), t.buf[:n]...), nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return nil, err
}

func (t *tcpTransport) drop() { _ = t.c.Close() }
