package wire

import (
	"encoding/binary"
	"fmt"
)

// reader walks a body. After the first short field every further read is a
// no-op, so that decoders stay a plain list of fields.
type reader struct {
	b   []byte
	off int
	err error
}

func (r *reader) take(n int, field string) []byte {
	if r.err != nil {
		return nil
	}
	if left := len(r.b) - r.off; left < n {
		r.err = &FormatError{Offset: r.off, Field: field, Reason: fmt.Sprintf("expected %d bytes, got %d", n, left)}
		return nil
	}
	p := r.b[r.off : r.off+n]
	r.off += n
	return p
}

func (r *reader) uint8(field string) uint8 {
	if p := r.take(1, field); p != nil {
		return p[0]
	}
	return 0
}

func (r *reader) uint64(field string) uint64 {
	if p := r.take(8, field); p != nil {
		return binary.BigEndian.Uint64(p)
	}
	return 0
}

func (r *reader) string(field string) string {
	p := r.take(2, field)
	if p == nil {
		return ""
	}
	return string(r.take(int(binary.BigEndian.Uint16(p)), field))
}

func (r *reader) left() int { return len(r.b) - r.off }

// appendFrame puts the header and length before a finished body.
func appendFrame(typ Type, flags byte, body []byte) ([]byte, error) {
	if len(body) > MaxBody {
		return nil, fmt.Errorf("encoding frame type %d: expected at most %d bytes, got %d", typ, MaxBody, len(body))
	}
	b := make([]byte, 0, len(body)+5)
	b = append(b, byte(typ)<<4|flags)
	for n := len(body); ; {
		digit := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			digit |= 0x80
		}
		b = append(b, digit)
		if n == 0 {
			break
		}
	}
	return append(b, body...), nil
}

func appendString(b []byte, field, s string) ([]byte, error) {
	if len(s) > 0xffff {
		return nil, fmt.Errorf("encoding %s: expected at most 65535 bytes, got %d", field, len(s))
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...), nil
}
