package sandbox

import (
	"bufio"
	"errors"
	"net"
	"time"
)

// peer is where a connection's answers go: a socket, or a live client of
// [Server.Online].
type peer interface {
	// send writes one frame; text only matters on a WebSocket.
	send(frame []byte, text bool)
	// hangUp closes the way the generation does.
	hangUp()
}

// errDeaf says that a message was swallowed and that nothing after it is read:
// the server neither answers nor closes, until its idle limit.
var errDeaf = errors.New("message swallowed")

// writeLimit bounds every write, so that a client that does not read cannot hold
// a goroutine.
const writeLimit = 2 * time.Second

// tcpLink is a raw WKProto socket.
type tcpLink struct {
	raw  net.Conn
	br   *bufio.Reader
	buf  [4096]byte
	turn chan struct{} // one writer at a time; a mutex would stop the clock of a bubble
}

func newTCPLink(raw net.Conn) *tcpLink {
	return &tcpLink{raw: raw, br: bufio.NewReader(raw), turn: make(chan struct{}, 1)}
}

// receive returns what one read brought.
func (l *tcpLink) receive() (data []byte, text bool, err error) {
	n, err := l.br.Read(l.buf[:])
	return l.buf[:n], false, err
}

func (l *tcpLink) send(frame []byte, _ bool) { l.write(frame) }

func (l *tcpLink) write(b []byte) {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	l.raw.SetWriteDeadline(time.Now().Add(writeLimit))
	l.raw.Write(b) // a client that is gone is noticed by the reader
}

// hangUp is a bare FIN, on every generation.
func (l *tcpLink) hangUp() { l.raw.Close() }
