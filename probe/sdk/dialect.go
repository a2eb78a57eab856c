package sdk

import (
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe/wire"
)

// Login is what a CONNECT is made from. The last three fields are for tests
// that rebuild a captured frame; empty ones are made up as the SDK does.
type Login struct {
	UID    string
	Token  string          // the secret itself; Format does not show it
	Flag   wire.DeviceFlag // what the app asks for; SDK.Sends says what is written, SDK.Effective what counts
	Random io.Reader       // nil = crypto/rand
	Now    time.Time       // zero = the present

	DeviceID  string
	ClientKey string // base64 of 32 bytes
	RequestID string
}

// Format shows the login without its token, whatever the verb.
func (l Login) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "login uid=%q device_flag=%d", l.UID, l.Flag)
}

// Span is a range of bytes of a payload.
type Span struct{ Start, Len int }

// Message is one frame or WebSocket message as an SDK puts it on the wire.
type Message struct {
	Name    string // CONNECT or PING
	Payload []byte
	Text    bool   // a WebSocket text message; false = binary, or TCP
	TokenAt []Span // where the token stands in Payload, for a dump to blank
	ID      string // JSON-RPC request id, which the answer repeats; "" in WKProto
}

// Format shows the message without its payload, whatever the verb: the token
// is in there.
func (m Message) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s of %d bytes", m.Name, len(m.Payload))
}

// Connect makes the login message of this SDK. The error is that of the random
// source, or says that a string is too long or no UTF-8.
func (s SDK) Connect(in Login) (Message, error) {
	if in.Random == nil {
		in.Random = rand.Reader
	}
	if in.Now.IsZero() {
		in.Now = time.Now()
	}
	var err error
	if in.DeviceID == "" {
		if in.DeviceID, err = s.DeviceID.make(in.Random, in.Now, 1); err != nil {
			return Message{}, err
		}
	}
	switch s.Protocol {
	case WKProto:
		return s.connectFrame(in)
	case JSONRPC:
		return s.connectJSON(in)
	}
	return Message{}, fmt.Errorf("connecting as %s: unknown protocol %q", s.ID, s.Protocol)
}

// Ping makes the heartbeat of this SDK: the second request of its connection.
func (s SDK) Ping(random io.Reader) (Message, error) {
	if s.Protocol == WKProto {
		return Message{Name: "PING", Payload: wire.Ping{}.Encode()}, nil
	}
	if random == nil {
		random = rand.Reader
	}
	id, err := s.RequestID.make(random, time.Time{}, 2)
	if err != nil {
		return Message{}, err
	}
	keys := s.Keys.Ping
	if keys == nil {
		keys = s.Keys.Top
	}
	w := jsonWriter{encoder: s.Encoder}
	w.request(request{method: "ping", id: id, keys: keys, params: func() { w.raw("{}") }})
	return Message{Name: "PING", Payload: w.b, Text: s.Opcode == TextFrame, ID: id}, w.err
}

func (s SDK) timestamp(now time.Time) int64 {
	if s.TimestampUnit == Seconds {
		return now.Unix()
	}
	return now.UnixMilli()
}

func (s SDK) connectFrame(in Login) (Message, error) {
	if in.ClientKey == "" {
		var err error
		if in.ClientKey, err = wire.NewClientKey(in.Random); err != nil {
			return Message{}, err
		}
	}
	c := &wire.Connect{
		Version: s.ProtocolByte, DeviceFlag: s.Sends(in.Flag), DeviceID: in.DeviceID, UID: in.UID, Token: in.Token,
		ClientTimestamp: s.timestamp(in.Now), ClientKey: in.ClientKey,
	}
	b, err := c.Encode()
	if err != nil {
		return Message{}, err
	}
	start, n := c.TokenOffset(b)
	return Message{Name: "CONNECT", Payload: b, TokenAt: []Span{{start, n}}}, nil
}

func (s SDK) connectJSON(in Login) (Message, error) {
	if in.RequestID == "" {
		var err error
		if in.RequestID, err = s.RequestID.make(in.Random, in.Now, 1); err != nil {
			return Message{}, err
		}
	}
	w := jsonWriter{encoder: s.Encoder}
	var token Span
	w.request(request{method: "connect", id: in.RequestID, keys: s.Keys.Top, params: func() {
		w.object(s.Keys.Params, func(key string) {
			if sp := s.param(&w, key, in); sp != nil {
				token = *sp
			}
		})
	}})
	if w.err != nil {
		return Message{}, fmt.Errorf("connecting as %s: %w", s.ID, w.err)
	}
	return Message{Name: "CONNECT", Payload: w.b, Text: s.Opcode == TextFrame, TokenAt: []Span{token}, ID: in.RequestID}, nil
}

// param writes the value of one member of params, and says where the token is.
// Spellings differ by SDK: deviceFlag, device_flag.
func (s SDK) param(w *jsonWriter, key string, in Login) *Span {
	switch strings.ToLower(strings.ReplaceAll(key, "_", "")) {
	case "uid":
		w.string("uid", in.UID)
	case "token":
		sp := w.string("token", in.Token)
		return &sp
	case "deviceid":
		if in.DeviceID == "" {
			w.raw("null")
			break
		}
		w.string("device id", in.DeviceID)
	case "deviceflag":
		w.raw(strconv.Itoa(int(s.Sends(in.Flag))))
	case "clienttimestamp":
		w.raw(strconv.FormatInt(s.timestamp(in.Now), 10))
	case "version":
		w.raw(strconv.Itoa(int(s.ProtocolByte)))
	default:
		w.err = fmt.Errorf("unknown key %q of params", key)
	}
	return nil
}
