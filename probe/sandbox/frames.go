package sandbox

import (
	"fmt"

	wkproto "github.com/WuKongIM/WuKongIMGoProto"
)

// maxFrame is the largest frame a server accepts (WKProto MaxRemaingLength).
const maxFrame = 1 << 20

// split cuts the complete frames off the front of a buffer. It works on lengths
// alone, as the servers' own unpacking does, so an HTTP request splits too: 'G' is
// frame type 4 with 69 bytes to follow.
func split(buf []byte) (frames [][]byte, rest []byte) {
	for len(buf) > 0 {
		size := 1
		if kind := kindOf(buf); kind != wkproto.PING && kind != wkproto.PONG {
			length, n := remaining(buf[1:])
			if n == 0 {
				break
			}
			size = 1 + n + length
		}
		if len(buf) < size {
			break
		}
		frames, buf = append(frames, buf[:size]), buf[size:]
	}
	return frames, buf
}

func kindOf(frame []byte) wkproto.FrameType { return wkproto.FrameType(frame[0] >> 4) }

// remaining reads a frame's length and how many bytes it took, 0 if it is cut.
func remaining(buf []byte) (length, n int) {
	for shift := 0; shift < 27; shift += 7 {
		if n >= len(buf) {
			return 0, 0
		}
		digit := buf[n]
		length |= int(digit&0x7F) << shift
		n++
		if digit&0x80 == 0 {
			break
		}
	}
	return length, n
}

// decodeConnect reads one complete CONNECT. The official codec panics on some
// malformed input, which counts as malformed here.
func decodeConnect(frame []byte) (packet *wkproto.ConnectPacket, err error) {
	defer func() {
		if p := recover(); p != nil {
			packet, err = nil, fmt.Errorf("decoding a CONNECT: %v", p)
		}
	}()
	f, _, err := wkproto.New().DecodeFrame(frame, wkproto.LatestVersion)
	if err != nil {
		return nil, fmt.Errorf("decoding a CONNECT: %w", err)
	}
	packet, ok := f.(*wkproto.ConnectPacket)
	if !ok {
		return nil, fmt.Errorf("decoding a CONNECT: got %T", f)
	}
	return packet, nil
}

// encode writes a frame of ours. The packets are built here, so an error would be
// a mistake of this package.
func encode(frame wkproto.Frame, version uint8) []byte {
	b, err := wkproto.New().EncodeFrame(frame, version)
	if err != nil {
		panic(fmt.Sprintf("sandbox: encoding a frame: %v", err))
	}
	return b
}
