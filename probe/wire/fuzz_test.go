package wire

import (
	"bytes"
	"errors"
	"testing"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// seed gives a fuzz test every captured frame, and the shapes they lack.
func seed(f *testing.F) {
	f.Helper()
	for _, kind := range []string{"connect", "connack"} {
		for _, c := range frames(f, kind) {
			f.Add(c.raw)
		}
	}
	kick, err := (&Disconnect{Reason: ReasonConnectKick, Text: "login in other device"}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(kick)
	f.Add(Ping{}.Encode())
	f.Add(Pong{}.Encode())
	f.Add([]byte{})
	f.Add([]byte("HTTP/1.1 404 Not Found\r\n\r\n"))
}

// encode gives a decoded frame's bytes; false where a frame may not be sent.
func encode(t *testing.T, fr Frame) ([]byte, bool) {
	t.Helper()
	var b []byte
	var err error
	switch fr := fr.(type) {
	case *Connect:
		if checkClientKey(fr.ClientKey) != nil {
			return nil, false
		}
		b, err = fr.Encode()
	case *Connack:
		b, err = fr.Encode()
	case *Disconnect:
		b, err = fr.Encode()
	case Ping:
		b = fr.Encode()
	case Pong:
		b = fr.Encode()
	default:
		return nil, false
	}
	if err != nil {
		t.Fatalf("encoding what was decoded: %v", err)
	}
	return b, true
}

// FuzzDecode: Decode never panics, takes no more than it was given, and what it
// accepts survives being encoded and decoded again.
func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, n, err := Decode(b)
		if err != nil {
			var fe *FormatError
			if n != 0 || fr != nil || !errors.Is(err, ErrIncomplete) && !errors.As(err, &fe) {
				t.Fatalf("got frame %v, n %d, error %v", fr, n, err)
			}
			if fe != nil && (fe.Offset < 0 || fe.Offset > len(b)) {
				t.Fatalf("error at byte %d of %d", fe.Offset, len(b))
			}
			return
		}
		if n < 1 || n > len(b) {
			t.Fatalf("took %d of %d bytes", n, len(b))
		}
		again, ok := encode(t, fr)
		if !ok {
			return
		}
		back, m, err := Decode(again)
		if err != nil || m != len(again) {
			t.Fatalf("decoding again: n %d of %d, error %v", m, len(again), err)
		}
		if !same(fr, back) {
			t.Fatalf("got %+v; want %+v", back, fr)
		}
	})
}

// same compares two frames by their fields; trailing bytes are not sent again,
// and a frame that lost them may read the last 8 as a node id no more.
func same(a, b Frame) bool {
	switch a := a.(type) {
	case *Connect:
		b, ok := b.(*Connect)
		return ok && *a == *b
	case *Connack:
		b, ok := b.(*Connack)
		if !ok {
			return false
		}
		x, y := *a, *b
		x.Trailing, y.Trailing = 0, 0
		if a.ServerVersion == connackVersionNone { // an announced version of 0 is not announced again
			x.NodeID, y.NodeID, x.HasNodeID, y.HasNodeID = 0, 0, false, false
		}
		return x == y
	case *Disconnect:
		b, ok := b.(*Disconnect)
		return ok && *a == *b
	}
	return a == b
}

// FuzzAgainstOfficial holds this codec and the official one together: what one
// accepts the other accepts, with the same fields and the same bytes. Where the
// official one panics, or is known to differ, it has no say.
func FuzzAgainstOfficial(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || lengthOfFive(b) {
			return // the official codec panics on nothing, and reads a length of 5 bytes
		}
		version := officialVersion(b)
		theirs, theirN, theirErr, ok := official(b, version)
		if !ok {
			return
		}
		ours, n, err := Decode(b)
		switch {
		case theirErr == nil && theirs != nil: // accepted
			if isForeign(b) {
				return
			}
			if err != nil || n != theirN {
				t.Fatalf("got n %d, error %v; the official codec accepts %d bytes as %T", n, err, theirN, theirs)
			}
			compare(t, ours, theirs, version)
		case theirErr == nil: // incomplete, or a type it does not know
			if err == nil {
				t.Fatalf("got %+v; the official codec calls it incomplete", ours)
			}
		case err == nil && !isForeign(b) && !hasLongString(ours):
			t.Fatalf("got %+v; the official codec says %v", ours, theirErr)
		}
	})
}

// official decodes with the official codec; ok is false where it panicked.
func official(b []byte, version uint8) (fr wkproto.Frame, n int, err error, ok bool) {
	defer func() { ok = recover() == nil }()
	fr, n, err = wkproto.New().DecodeFrame(b, version)
	return fr, n, err, true
}

// officialVersion gives what the official codec must be told before it can read
// a CONNACK: the version that stands in it.
func officialVersion(b []byte) uint8 {
	if b[0]>>4 != byte(TypeConnack) || b[0]&flagServerVersion == 0 {
		return 1
	}
	if _, n, err := bodyLength(b[1:]); err == nil && len(b) > 1+n {
		return b[1+n]
	}
	return 1
}

// lengthOfFive finds the length that the official decoder stops reading after
// four bytes and then counts as five (protocol.go decodeLength).
func lengthOfFive(b []byte) bool {
	return len(b) > 4 && b[1]&b[2]&b[3]&b[4]&0x80 != 0
}

// isForeign says whether the frame is none of a login's: only its length counts.
func isForeign(b []byte) bool {
	switch Type(b[0] >> 4) {
	case TypeConnect, TypeConnack, TypePing, TypePong, TypeDisconnect:
		return false
	}
	return true
}

// hasLongString finds what the official decoder refuses because it reads the
// length of a string as a signed number (decoder.go Binary).
func hasLongString(fr Frame) bool {
	var list []string
	switch fr := fr.(type) {
	case *Connect:
		list = []string{fr.DeviceID, fr.UID, fr.Token, fr.ClientKey}
	case *Connack:
		list = []string{fr.ServerKey, fr.Salt}
	case *Disconnect:
		list = []string{fr.Text}
	}
	for _, s := range list {
		if len(s) > 0x7fff {
			return true
		}
	}
	return false
}

// compare checks fields, and that both encode the frame to the same bytes.
func compare(t *testing.T, ours Frame, theirs wkproto.Frame, version uint8) {
	t.Helper()
	var plain wkproto.Frame
	equal := false
	switch o := ours.(type) {
	case *Connect:
		p := theirs.(*wkproto.ConnectPacket)
		q := wkproto.ConnectPacket{
			Version: o.Version, DeviceFlag: wkproto.DeviceFlag(o.DeviceFlag), DeviceID: o.DeviceID,
			UID: o.UID, Token: o.Token, ClientTimestamp: o.ClientTimestamp, ClientKey: o.ClientKey,
		}
		plain = &wkproto.ConnectPacket{Version: q.Version, DeviceFlag: q.DeviceFlag, DeviceID: q.DeviceID,
			UID: q.UID, Token: q.Token, ClientTimestamp: q.ClientTimestamp, ClientKey: q.ClientKey}
		q.Framer = p.Framer
		equal = *p == q
	case *Connack:
		p := theirs.(*wkproto.ConnackPacket)
		q := wkproto.ConnackPacket{
			ServerVersion: o.ServerVersion, TimeDiff: o.TimeDiff, ReasonCode: wkproto.ReasonCode(o.Reason),
			ServerKey: o.ServerKey, Salt: o.Salt,
		}
		if version >= nodeIDFromVersion {
			q.NodeId = o.NodeID
		}
		q.Framer = p.Framer
		equal = *p == q
		q.Framer = wkproto.Framer{FrameType: wkproto.CONNACK, HasServerVersion: o.ServerVersion != connackVersionNone}
		if o.HasNodeID && version < nodeIDFromVersion {
			version, q.NodeId = nodeIDFromVersion, o.NodeID // v2.0.1 to v2.0.7
		}
		plain = &q
	case *Disconnect:
		p := theirs.(*wkproto.DisconnectPacket)
		equal = uint8(p.ReasonCode) == uint8(o.Reason) && p.Reason == o.Text
		plain = &wkproto.DisconnectPacket{ReasonCode: p.ReasonCode, Reason: p.Reason,
			Framer: wkproto.Framer{FrameType: wkproto.DISCONNECT}}
	case Ping:
		_, equal = theirs.(*wkproto.PingPacket)
		plain = &wkproto.PingPacket{}
	case Pong:
		_, equal = theirs.(*wkproto.PongPacket)
		plain = &wkproto.PongPacket{}
	}
	if !equal {
		t.Fatalf("got %+v; the official codec reads %T %+v", ours, theirs, theirs)
	}
	mine, ok := encode(t, ours)
	if !ok {
		return
	}
	their, err := wkproto.New().EncodeFrame(plain, version)
	if err != nil || !bytes.Equal(mine, their) {
		t.Fatalf("encoding %+v: got %x; the official codec gives %x, error %v", ours, mine, their, err)
	}
}
