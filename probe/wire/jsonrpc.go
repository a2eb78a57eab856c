package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// JSONMessage is one JSON-RPC message of a server: the answer to a connect or
// ping request, or a notification. JSON-RPC is spoken by v2.1.4 to v2.2.5 only
// (pkg/jsonrpc), as text frames whatever the request came in.
type JSONMessage struct {
	ID    string    // of the request it answers; "" in a notification
	Frame Frame     // *Connack, Pong, *Disconnect or Other
	Error *RPCError // nil: the message carries none
}

// RPCError is a JSON-RPC error object. No server sends one for a refused login;
// v2.1.4 to v2.2.5 answer so to what they cannot decode after the login, always
// with code 0 (pkg/jsonrpc/codec.go EncodeErrorResponse).
type RPCError struct {
	Code    int64
	Message string // foreign
}

// DecodeJSON reads the first JSON-RPC message of b and says how many bytes it
// took. As with Decode the error is ErrIncomplete when more bytes may complete
// the message and a *FormatError when nothing can. Keys count in their exact
// spelling only; unknown ones are ignored.
func DecodeJSON(b []byte) (JSONMessage, int, error) {
	if len(b) > MaxBody {
		return JSONMessage{}, 0, &FormatError{Field: "message", Reason: fmt.Sprintf("expected at most %d bytes, got %d", MaxBody, len(b))}
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return JSONMessage{}, 0, jsonError(err)
	}
	n := int(dec.InputOffset())
	o, err := newObject(raw, "message")
	if err != nil {
		return JSONMessage{}, 0, err
	}
	m, err := decodeMessage(o)
	if err != nil {
		return JSONMessage{}, 0, err
	}
	return m, n, nil
}

// jsonError tells a message that goes on from one that is broken.
func jsonError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrIncomplete
	}
	f := &FormatError{Field: "message", Reason: "expected a JSON object"}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		f.Offset = int(syntax.Offset)
	}
	return f
}

// jsonObject reads the members of an object. It keeps a map, because matching
// against struct tags ignores case. After the first wrong member every further
// read is a no-op.
type jsonObject struct {
	members map[string]json.RawMessage
	err     error
}

func newObject(raw json.RawMessage, name string) (*jsonObject, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return nil, &FormatError{Field: name, Reason: "expected a JSON object"}
	}
	return &jsonObject{members: m}, nil
}

// has says whether the member is there and not null.
func (o *jsonObject) has(name string) bool {
	raw, ok := o.members[name]
	return ok && string(raw) != "null"
}

// read puts a member into v; an absent or null one leaves v as it is.
func (o *jsonObject) read(name string, v any) {
	if o.err != nil || !o.has(name) {
		return
	}
	if err := json.Unmarshal(o.members[name], v); err != nil {
		reason := "expected a whole number in range"
		if _, ok := v.(*string); ok {
			reason = "expected a string"
		}
		o.err = &FormatError{Field: name, Reason: reason}
	}
}

func decodeMessage(o *jsonObject) (m JSONMessage, err error) {
	var method string
	o.read("id", &m.ID)
	o.read("method", &method)
	if o.err != nil {
		return m, o.err
	}
	switch {
	case method == "disconnect":
		m.Frame, err = jsonDisconnect(o)
	case method == "pong": // v2.1.4 and v2.1.5, without the request's id
		m.Frame = Pong{}
	case method != "":
		m.Frame = Other{}
	case o.has("error"):
		m.Frame, m.Error, err = jsonRefusal(o)
	case o.has("result"):
		m.Frame, err = jsonConnack(o)
	case m.ID != "": // v2.2.0 to v2.2.5 answer a ping with its id alone
		m.Frame = Pong{}
	default:
		err = &FormatError{Field: "message", Reason: "expected method, result, error or id"}
	}
	return m, err
}

func jsonConnack(o *jsonObject) (Frame, error) {
	r, err := newObject(o.members["result"], "result")
	if err != nil {
		return nil, err
	}
	if !r.has("reasonCode") { // the answer to another request
		return Other{}, nil
	}
	c := &Connack{HasNodeID: r.has("nodeId")}
	r.read("serverVersion", &c.ServerVersion)
	r.read("timeDiff", &c.TimeDiff) // left out when 0
	r.read("reasonCode", &c.Reason)
	r.read("serverKey", &c.ServerKey)
	r.read("salt", &c.Salt)
	r.read("nodeId", &c.NodeID)
	return c, r.err
}

// jsonRefusal makes an error object a CONNACK, so that callers see one kind of
// answer. A code that is no reason of WuKongIM becomes ReasonUnknown.
func jsonRefusal(o *jsonObject) (Frame, *RPCError, error) {
	r, err := newObject(o.members["error"], "error")
	if err != nil {
		return nil, nil, err
	}
	e := &RPCError{}
	r.read("code", &e.Code)
	r.read("message", &e.Message)
	c := &Connack{Reason: ReasonUnknown}
	if e.Code > int64(ReasonSuccess) && e.Code <= 0xff {
		c.Reason = Reason(e.Code)
	}
	return c, e, r.err
}

func jsonDisconnect(o *jsonObject) (Frame, error) {
	d := &Disconnect{}
	if !o.has("params") {
		return d, nil
	}
	p, err := newObject(o.members["params"], "params")
	if err != nil {
		return nil, err
	}
	p.read("reasonCode", &d.Reason)
	p.read("reason", &d.Text)
	return d, p.err
}
