package wire

import (
	"errors"
	"fmt"
)

// Type is a frame's type, the high nibble of its first byte.
type Type uint8

// The frame types of a login. The others (SEND 3 … EVENT 12) are skipped by
// their length.
const (
	TypeConnect    Type = 1
	TypeConnack    Type = 2
	TypePing       Type = 7
	TypePong       Type = 8
	TypeDisconnect Type = 9
)

// MaxBody is the longest body that Decode accepts, in bytes: servers refuse
// more (WuKongIMGoProto MaxRemaingLength, 1 MiB).
const MaxBody = 1 << 20

// ErrIncomplete says that the bytes end before the frame does: read more.
var ErrIncomplete = errors.New("frame is incomplete")

// A FormatError says that the bytes cannot be a frame, and where they stop
// making sense.
type FormatError struct {
	Type   Type   // 0 when not even the type is known
	Offset int    // bytes from the start of the frame
	Field  string // what was being read
	Reason string // expected X, got Y
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("reading %s of frame type %d at byte %d: %s", e.Field, e.Type, e.Offset, e.Reason)
}

// A Frame is one of *Connect, *Connack, *Disconnect, Ping, Pong or Other.
type Frame interface {
	Type() Type
}

// Ping asks an authenticated connection for a Pong. Before login it makes
// every server from v1.0.9 to v2.2.5 close the connection at once.
type Ping struct{}

// Pong answers Ping.
type Pong struct{}

// Other is a frame that has nothing to do with a login (RECV, EVENT …).
type Other struct{ FrameType Type }

// Type implements Frame.
func (Ping) Type() Type { return TypePing }

// Type implements Frame.
func (Pong) Type() Type { return TypePong }

// Type implements Frame.
func (o Other) Type() Type { return o.FrameType }

// Encode gives the single byte of a PING.
func (Ping) Encode() []byte { return []byte{byte(TypePing) << 4} }

// Encode gives the single byte of a PONG.
func (Pong) Encode() []byte { return []byte{byte(TypePong) << 4} }

// Decode reads the first frame of b and says how many bytes it took. The error
// is ErrIncomplete when b is a proper start that needs more bytes, and a
// *FormatError when it can never become a frame. The frame shares no memory
// with b.
func Decode(b []byte) (Frame, int, error) {
	if len(b) == 0 {
		return nil, 0, ErrIncomplete
	}
	typ, flags := Type(b[0]>>4), b[0]&0x0f
	switch typ {
	case 0, 13, 14, 15:
		return nil, 0, &FormatError{Type: typ, Field: "header", Reason: fmt.Sprintf("expected a frame type from 1 to 12, got 0x%02x", b[0])}
	case TypePing:
		return Ping{}, 1, nil
	case TypePong:
		return Pong{}, 1, nil
	}
	size, n, err := bodyLength(b[1:])
	if err != nil {
		return nil, 0, withType(err, typ, 1)
	}
	start := 1 + n
	if size > MaxBody {
		return nil, 0, &FormatError{Type: typ, Offset: 1, Field: "length", Reason: fmt.Sprintf("expected at most %d, got %d", MaxBody, size)}
	}
	if len(b)-start < size {
		return nil, 0, ErrIncomplete
	}
	f, err := decodeBody(typ, flags, b[start:start+size])
	if err != nil {
		return nil, 0, withType(err, typ, start)
	}
	return f, start + size, nil
}

func decodeBody(typ Type, flags byte, body []byte) (Frame, error) {
	switch typ {
	case TypeConnect:
		return decodeConnect(body)
	case TypeConnack:
		return decodeConnack(flags, body)
	case TypeDisconnect:
		return decodeDisconnect(body)
	}
	return Other{FrameType: typ}, nil
}

// withType completes a FormatError that a body reader began: its offset was
// counted from the body's start.
func withType(err error, typ Type, start int) error {
	var f *FormatError
	if errors.As(err, &f) {
		f.Type = typ
		f.Offset += start
	}
	return err
}

// bodyLength reads the variable-length count: 7 bits a byte, at most 4 bytes.
func bodyLength(b []byte) (size, n int, err error) {
	for n < 4 {
		if n == len(b) {
			return 0, 0, ErrIncomplete
		}
		size |= int(b[n]&0x7f) << (7 * n)
		n++
		if b[n-1]&0x80 == 0 {
			return size, n, nil
		}
	}
	return 0, 0, &FormatError{Field: "length", Reason: "expected at most 4 bytes"}
}
