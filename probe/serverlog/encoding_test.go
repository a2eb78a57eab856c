package serverlog

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/unicode"
)

// asUTF16 packs text as Windows does, with a byte order mark or without one.
func asUTF16(t testing.TB, text []byte, order unicode.Endianness, mark unicode.BOMPolicy) []byte {
	t.Helper()
	b, err := unicode.UTF16(order, mark).NewEncoder().Bytes(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packings gives a log in every encoding that is read.
func packings(t testing.TB, text []byte) map[string][]byte {
	le := asUTF16(t, text, unicode.LittleEndian, unicode.UseBOM)
	half := len(text) / 2
	return map[string][]byte{
		"UTF-8 with BOM":       append([]byte("\xef\xbb\xbf"), text...),
		"UTF-16LE":             le,
		"UTF-16BE":             asUTF16(t, text, unicode.BigEndian, unicode.UseBOM),
		"UTF-16LE without BOM": asUTF16(t, text, unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16BE without BOM": asUTF16(t, text, unicode.BigEndian, unicode.IgnoreBOM),
		"gzip":                 gzipped(t, text),
		"gzip of UTF-16":       gzipped(t, le),
		"gzip in two members":  append(gzipped(t, text[:half]), gzipped(t, text[half:])...),
	}
}

// summary scans a log and gives all that its reader is told, as JSON.
func summary(t *testing.T, r io.Reader) (groups, counts string) {
	t.Helper()
	sum, stats, err := (&Scanner{}).Summarise(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	stats.Encoding = ""
	g, _ := json.Marshal(sum.Groups())
	c, _ := json.Marshal(stats)
	return string(g), string(c)
}

// TestEncodings: one log, however it is packed and in whatever pieces it comes,
// gives the same summary.
func TestEncodings(t *testing.T) {
	t.Parallel()
	var text []byte
	for _, name := range []string{"v1.2.6-wrong-flag-unregistered.log", "v2.2.5-wrong-token.log", "v2.0.7-banned.log", "v2.2.5-http-token-errors.log"} {
		text = append(text, readLog(t, name)...)
	}
	groups, counts := summary(t, bytes.NewReader(text))
	if !strings.Contains(groups, string(KindTokenUnset)) {
		t.Fatalf("no refusal in %s", groups)
	}
	for name, packed := range packings(t, text) {
		for how, r := range map[string]io.Reader{
			"whole": bytes.NewReader(packed), "byte by byte": iotest.OneByteReader(bytes.NewReader(packed)),
			"data with EOF": iotest.DataErrReader(bytes.NewReader(packed)),
		} {
			if g, c := summary(t, r); g != groups || c != counts {
				t.Errorf("%s, %s: got\n%s\n%s\nwant\n%s\n%s", name, how, g, c, groups, counts)
			}
		}
	}
}

// TestEncodingIsTold: the outer encoding, and from the middle of a file the one
// that the caller knows.
func TestEncodingIsTold(t *testing.T) {
	t.Parallel()
	text := []byte(mismatchLine + "\n")
	for name, want := range map[string]Encoding{
		"UTF-8 with BOM": EncodingUTF8, "UTF-16LE": EncodingUTF16LE, "UTF-16BE without BOM": EncodingUTF16BE, "gzip of UTF-16": EncodingGzip,
	} {
		r := NewReader(bytes.NewReader(packings(t, text)[name]), "")
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) || r.Encoding() != want {
			t.Errorf("%s: %q as %s, %v", name, got, r.Encoding(), err)
		}
	}
	chinese := []byte("悟空悟空悟空悟空\n") // no NUL in it: told from outside only
	r := NewReader(bytes.NewReader(asUTF16(t, chinese, unicode.LittleEndian, unicode.IgnoreBOM)), EncodingUTF16LE)
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, chinese) {
		t.Errorf("known encoding: %q, %v", got, err)
	}
}

// TestNoLog says what something is that no WuKongIM server has written.
func TestNoLog(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want Form
	}{
		"nothing":             {"", FormEmpty},
		"mark alone":          {"\xff\xfe", FormEmpty},
		"mark and line end":   {"\xef\xbb\xbf\r\n", FormText},
		"page":                {"\n <!DOCTYPE html>\n<html><body>502</body></html>\n", FormHTML},
		"XML":                 {"<?xml version=\"1.0\"?><a/>", FormHTML},
		"another program":     {`{"level":"error","ts":1,"msg":"boom"}` + "\n", FormJSON},
		"indented":            {"{\n  \"a\": 1\n}\n", FormJSON},
		"list":                {`[{"a":1}]`, FormJSON},
		"text":                {"GET / 200\nGET /x 404\n", FormText},
		"another gin program": {"[GIN] 2026/11/28 - 15:14:44 | 401 | 7.2µs | 127.0.0.1 | POST \"/v1/login\"\n", FormText},
		"program":             {"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x02\x00\x3e\x00" + strings.Repeat("\x00\x01", 400), FormBinary},
		"hole":                {strings.Repeat("\x00", 100_000), FormBinary},
		"zstd":                {"\x28\xb5\x2f\xfd\x04\x00abcdefgh", FormZstd},
		"xz":                  {"\xfd7zXZ\x00\x00\x04", FormXZ},
		"bzip2":               {"BZh91AY&SY", FormBzip2},
		"zip":                 {"PK\x03\x04\x14\x00\x00\x00", FormZip},
		"packed twice":        {string(gzipped(t, gzipped(t, []byte(mismatchLine)))), FormGzip},
		"zstd in gzip":        {string(gzipped(t, []byte("\x28\xb5\x2f\xfd\x04\x00abcdefgh"))), FormZstd},
	} {
		list, stats := scanAll(t, &Scanner{}, tc.text)
		if len(list) != 0 || stats.Known != 0 || stats.Form != tc.want {
			t.Errorf("%s: %d entries, %d lines known, form %s, want %s", name, len(list), stats.Known, stats.Form, tc.want)
		}
	}
	for _, name := range []string{"v2.2.5-ok.log", "v1.2.6-ok.log", "v3-jsonrpc-ok.log"} {
		if _, stats := scanAll(t, &Scanner{}, string(readLog(t, name))); stats.Form != "" || stats.Known == 0 {
			t.Errorf("%s: %d lines known, form %q", name, stats.Known, stats.Form)
		}
	}
}

// TestBrokenGzip: what could be unpacked is counted, and the error comes back.
func TestBrokenGzip(t *testing.T) {
	t.Parallel()
	packed := gzipped(t, bytes.Repeat([]byte(mismatchLine+"\n"), 2000))
	for name, b := range map[string][]byte{
		"cut": packed[:len(packed)-20], "garbage": []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + strings.Repeat("\xfe\xed\x01", 5000)),
		"header": []byte("\x1f\x8b\x08\x00\x00\x00"),
	} {
		stats, err := (&Scanner{}).Scan(context.Background(), bytes.NewReader(b), func(Entry) error { return nil })
		if err == nil || name == "cut" && (!errors.Is(err, io.ErrUnexpectedEOF) || stats.Entries < 100) {
			t.Errorf("%s: %v after %d entries", name, err, stats.Entries)
		}
	}
}

// TestGzipBomb: a small file that unpacks to much is read in flat memory, and
// not without end.
func TestGzipBomb(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	const size = 64 << 20
	if _, err := io.CopyN(z, &repeat{block: bytes.Repeat([]byte("a"), 1<<16), left: 1 << 20}, size); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stats, err := (&Scanner{}).Scan(context.Background(), bytes.NewReader(b.Bytes()), func(Entry) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || stats.Bytes != size || stats.Cut != 1 {
		t.Errorf("%d bytes, %d lines cut, %v", stats.Bytes, stats.Cut, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d bytes of memory for %d packed ones", grown, b.Len())
	}
	r := NewReader(bytes.NewReader(b.Bytes()), "")
	r.limit = 1 << 20
	if n, err := io.Copy(io.Discard, r); !errors.Is(err, errTooMuch) || n > 2<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestSniffDoesNotGuess: short texts, and holes of truncated logs, are taken as
// they are.
func TestSniffDoesNotGuess(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"", "a", "a\x00", "\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00{\"level\"", "悟空悟空", "plain text"} {
		if enc, mark := Sniff([]byte(head)); enc != EncodingUTF8 || mark != 0 {
			t.Errorf("%q: got %s with a mark of %d bytes", head, enc, mark)
		}
	}
}
