package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Connect is a client's login. Its fields stand on the wire in this order
// (wukongimjssdk 1.0.4 to 1.3.5, and the decoder of every server).
type Connect struct {
	Version         uint8 // protocol version the client offers: 5 in wukongimjssdk 1.3.5
	DeviceFlag      DeviceFlag
	DeviceID        string
	UID             string
	Token           string // the secret itself; String does not show it
	ClientTimestamp int64  // Unix milliseconds
	ClientKey       string // standard base64 of a 32-byte X25519 public key
}

// Type implements Frame.
func (*Connect) Type() Type { return TypeConnect }

// String shows the frame without its token.
func (c Connect) String() string {
	return fmt.Sprintf("CONNECT version=%d device_flag=%d device_id=%q uid=%q", c.Version, c.DeviceFlag, c.DeviceID, c.UID)
}

// Format is String whatever the verb, so that no verb shows the token, of the
// value as little as of the pointer.
func (c Connect) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Encode gives the frame's bytes. It refuses a client key that is not the
// base64 of 32 bytes: an empty, short or malformed one crashes the process of
// servers up to 2.0.10 (v1.2.6: 31 bytes panic in the key exchange; v2.0.1 to
// v2.0.10: so does an empty one).
func (c *Connect) Encode() ([]byte, error) {
	if err := checkClientKey(c.ClientKey); err != nil {
		return nil, err
	}
	b := []byte{c.Version, byte(c.DeviceFlag)}
	var err error
	for _, f := range []struct{ name, value string }{
		{"device id", c.DeviceID}, {"uid", c.UID}, {"token", c.Token},
	} {
		if b, err = appendString(b, f.name, f.value); err != nil {
			return nil, err
		}
	}
	b = binary.BigEndian.AppendUint64(b, uint64(c.ClientTimestamp))
	if b, err = appendString(b, "client key", c.ClientKey); err != nil {
		return nil, err
	}
	return appendFrame(TypeConnect, 0, b)
}

// TokenOffset says where the token's bytes stand in an encoded CONNECT, so that
// a dump can blank them: the n bytes that begin at start.
func (c *Connect) TokenOffset(encoded []byte) (start, n int) {
	const fixed = 1 + 1 + 2 + 2 + 2 // version, flag, three string lengths
	body := fixed + len(c.DeviceID) + len(c.UID) + len(c.Token) + 8 + 2 + len(c.ClientKey)
	return len(encoded) - body + fixed + len(c.DeviceID) + len(c.UID), len(c.Token)
}

func decodeConnect(body []byte) (Frame, error) {
	r := &reader{b: body}
	c := &Connect{
		Version:    r.uint8("version"),
		DeviceFlag: DeviceFlag(r.uint8("device flag")),
		DeviceID:   r.string("device id"),
		UID:        r.string("uid"),
		Token:      r.string("token"),
	}
	c.ClientTimestamp = int64(r.uint64("client timestamp"))
	c.ClientKey = r.string("client key")
	if r.err != nil {
		return nil, r.err
	}
	return c, nil
}
