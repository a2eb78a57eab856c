package wire

import "encoding/binary"

// Connack is the server's answer to a CONNECT.
//
// Its layout depends on the frame and on the version that the server states,
// not on the client's: header bit 0 says that a server version byte comes
// first (servers from v1.1.8, to clients of version 4 and up), and a node id
// ends the frame when that version is 4 or more. Servers v2.0.1 to v2.0.7
// refuse with bit 0 clear and a node id all the same: 23 bytes instead of 15.
type Connack struct {
	ServerVersion uint8  // 0: the frame carries none
	TimeDiff      int64  // milliseconds, client clock against server clock
	Reason        Reason // ReasonSuccess, or why the login was refused
	ServerKey     string // base64 of the server's X25519 key; "" in a refusal
	Salt          string // AES IV, 16 bytes; "" in a refusal
	NodeID        uint64 // 0: the frame carries none
	HasNodeID     bool   // tells a node id of 0 from none
	Trailing      int    // bytes behind the last known field
}

// Type implements Frame.
func (*Connack) Type() Type { return TypeConnack }

const (
	flagServerVersion  = 0x01
	nodeIDFromVersion  = 4
	nodeIDSize         = 8
	connackVersionNone = 0
)

func decodeConnack(flags byte, body []byte) (Frame, error) {
	r := &reader{b: body}
	c := &Connack{}
	stated := flags&flagServerVersion != 0
	if stated {
		c.ServerVersion = r.uint8("server version")
	}
	c.TimeDiff = int64(r.uint64("time difference"))
	c.Reason = Reason(r.uint8("reason"))
	c.ServerKey = r.string("server key")
	c.Salt = r.string("salt")
	if stated && c.ServerVersion >= nodeIDFromVersion || !stated && r.left() == nodeIDSize {
		c.NodeID = r.uint64("node id")
		c.HasNodeID = true
	}
	if r.err != nil {
		return nil, r.err
	}
	c.Trailing = r.left()
	return c, nil
}

// Encode gives the frame's bytes in the layout that its fields ask for.
func (c *Connack) Encode() ([]byte, error) {
	var b []byte
	var flags byte
	if c.ServerVersion != connackVersionNone {
		flags = flagServerVersion
		b = append(b, c.ServerVersion)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(c.TimeDiff))
	b = append(b, byte(c.Reason))
	var err error
	if b, err = appendString(b, "server key", c.ServerKey); err != nil {
		return nil, err
	}
	if b, err = appendString(b, "salt", c.Salt); err != nil {
		return nil, err
	}
	if c.HasNodeID {
		b = binary.BigEndian.AppendUint64(b, c.NodeID)
	}
	return appendFrame(TypeConnack, flags, b)
}
