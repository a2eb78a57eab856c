// Package wire turns WKProto frames into bytes and back: CONNECT, CONNACK,
// DISCONNECT, PING and PONG, the frames of a login.
//
// It is pure: it never blocks, never panics, allocates no more than the bytes
// it was given, and reads whatever a stranger sends. The official codec
// (github.com/WuKongIM/WuKongIMGoProto v1.2.3) is not used here because it
// panics on short input and must be told the server's protocol version before
// it can read the frame that says it; a differential fuzz test holds the two
// together wherever the official one answers.
//
// A frame is one header byte (type in the high nibble, flags in the low one),
// a variable-length count of the bytes that follow (7 bits a byte, least
// significant first, at most 4 bytes) and the body. PING and PONG are the
// header byte alone. Strings are a big-endian uint16 length and UTF-8 bytes.
package wire
