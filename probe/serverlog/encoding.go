package serverlog

import "bytes"

// Encoding says how the text of a log is packed into bytes.
type Encoding string

// The encodings that a Reader undoes.
const (
	EncodingUTF8    Encoding = "utf-8"
	EncodingUTF16LE Encoding = "utf-16le" // what Windows PowerShell's ">" writes
	EncodingUTF16BE Encoding = "utf-16be"
	EncodingGzip    Encoding = "gzip" // rotated logs; the text inside may be UTF-16 as well
)

// sniffed is how many bytes are looked at before the rest is believed.
const sniffed = 512

// enough is how many bytes a guess needs. Waiting for more than a live log's
// first words would hold its lines back.
const enough = 8

// Sniff gives the encoding of a log that starts with head, and the length of its
// byte order mark. A log without one is taken for UTF-16 only where its bytes
// leave no doubt: JSON and English in UTF-16 have a NUL in nearly every pair.
func Sniff(head []byte) (enc Encoding, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return EncodingUTF8, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return EncodingUTF16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return EncodingUTF16BE, 2
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		return EncodingGzip, 0
	}
	pairs := min(len(head), sniffed) / 2
	even, odd := 0, 0
	for i := range pairs {
		if head[2*i] == 0 {
			even++
		}
		if head[2*i+1] == 0 {
			odd++
		}
	}
	switch {
	case pairs < enough/2:
	case 3*odd > pairs && 20*even <= pairs:
		return EncodingUTF16LE, 0
	case 3*even > pairs && 20*odd <= pairs:
		return EncodingUTF16BE, 0
	}
	return EncodingUTF8, 0
}

// Form says what something that is no log of WuKongIM is instead.
type Form string

// The forms.
const (
	FormEmpty  Form = "empty"
	FormZstd   Form = "zstd"
	FormXZ     Form = "xz"
	FormBzip2  Form = "bzip2"
	FormZip    Form = "zip"
	FormGzip   Form = "gzip" // packed twice
	FormHTML   Form = "html"
	FormJSON   Form = "json"
	FormBinary Form = "binary"
	FormText   Form = "text"
)

// Packed says whether the text of a log may be inside, which must be unpacked
// before it can be read.
func (f Form) Packed() bool {
	switch f {
	case FormZstd, FormXZ, FormBzip2, FormZip, FormGzip:
		return true
	}
	return false
}

// FormOf says what starts with head, which is decoded already.
func FormOf(head []byte) Form {
	for _, magic := range []struct {
		bytes string
		form  Form
	}{
		{"\x28\xb5\x2f\xfd", FormZstd}, {"\xfd7zXZ\x00", FormXZ}, {"BZh", FormBzip2},
		{"PK\x03\x04", FormZip}, {"\x1f\x8b", FormGzip},
	} {
		if bytes.HasPrefix(head, []byte(magic.bytes)) {
			return magic.form
		}
	}
	text := bytes.TrimLeft(head[:min(len(head), sniffed)], " \t\r\n")
	switch {
	case len(head) == 0:
		return FormEmpty
	case binary(text):
		return FormBinary
	case len(text) == 0:
		return FormText
	case text[0] == '{', text[0] == '[' && bytes.IndexAny(text[:min(len(text), 32)], `{"`) > 0:
		return FormJSON
	}
	lower := bytes.ToLower(text)
	for _, start := range []string{"<!doctype", "<html", "<head", "<body", "<?xml"} {
		if bytes.HasPrefix(lower, []byte(start)) {
			return FormHTML
		}
	}
	return FormText
}

// binary says whether b holds bytes that no text has. Escape sequences of a
// terminal and a few broken bytes do not count.
func binary(b []byte) bool {
	odd := 0
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b {
			odd++
		}
	}
	return 10*odd > len(b)
}
