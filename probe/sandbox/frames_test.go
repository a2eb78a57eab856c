package sandbox

import (
	"bytes"
	"testing"
)

// FuzzFrames: cutting frames off loses and invents no byte, and the official
// codec's panics on malformed CONNECTs do not get through.
func FuzzFrames(f *testing.F) {
	good := who{uid: "u", token: "T"}.packet()
	f.Add(good)
	f.Add(append([]byte{0x70}, good...))
	f.Add(good[:len(good)-1])
	f.Add([]byte{0x10, 0x00})
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Add(bytes.Repeat([]byte{0xff}, 20))
	f.Fuzz(func(t *testing.T, b []byte) {
		frames, rest := split(b)
		if joined := append(bytes.Join(frames, nil), rest...); !bytes.Equal(joined, b) {
			t.Errorf("split % x into % x and % x", b, frames, rest)
		}
		for _, frame := range frames {
			if packet, err := decodeConnect(frame); (packet == nil) == (err == nil) {
				t.Errorf("decoding % x: got %v, %v", frame, packet, err)
			}
		}
	})
}
