package measure

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// maxFrames bounds the frames of one connection that are kept, and maxDumped
// the bytes of each: a server may push without end.
const (
	maxFrames = 64
	maxDumped = 1024
)

func (a *attempt) dump(sent bool, at time.Time, name, hexText string) {
	if len(a.frames) == maxFrames { // the last one is the one that decides
		a.frames = a.frames[:maxFrames-1]
	}
	a.frames = append(a.frames, probe.FrameDump{Sent: sent, AtMS: millis(at.Sub(a.started)), Name: name, Hex: hexText})
}

func frameName(f wire.Frame) string {
	switch f.(type) {
	case *wire.Connack:
		return "CONNACK"
	case *wire.Disconnect:
		return "DISCONNECT"
	case wire.Pong:
		return "PONG"
	case wire.Ping:
		return "PING"
	}
	return fmt.Sprintf("TYPE %d", f.Type())
}

// received gives the start of what a server sent in hex, tokens blanked where
// they were echoed: the connection's own one at any length, the others in every
// form that is blanked in texts.
func (a *attempt) received(raw []byte) string {
	m := sdk.Message{Payload: raw[:min(len(raw), maxDumped)]}
	if v := a.dialer.vault; v != nil {
		for _, s := range v.Find(raw[:min(len(raw), 2*maxDumped)]) {
			m.TokenAt = append(m.TokenAt, sdk.Span{Start: s.Start, Len: s.Len})
		}
	}
	if token := []byte(a.login.token.Reveal()); len(token) > 0 {
		raw = raw[:min(len(raw), maxDumped+len(token))]
		for from := 0; ; {
			i := bytes.Index(raw[from:], token)
			if i < 0 {
				break
			}
			m.TokenAt = append(m.TokenAt, sdk.Span{Start: from + i, Len: len(token)})
			from += i + 1 // they may overlap
		}
	}
	return masked(m)
}

// masked gives the payload in hex with the token's bytes as "**".
func masked(m sdk.Message) string {
	var b strings.Builder
	hidden := func(i int) bool {
		for _, s := range m.TokenAt {
			if i >= s.Start && i < s.Start+s.Len {
				return true
			}
		}
		return false
	}
	for i, c := range m.Payload {
		if hidden(i) {
			b.WriteString("**")
		} else {
			fmt.Fprintf(&b, "%02x", c)
		}
	}
	return b.String()
}
