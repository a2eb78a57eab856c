package serverlog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestLineEnds: what a reader hands over in which pieces makes no difference.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	log := strings.Join([]string{mismatchLine, "", "plain", oldLine, "\x00\x00" + mismatchLine}, "\n")
	for name, c := range map[string]struct {
		text string
		wrap func(io.Reader) io.Reader
		open bool
	}{
		"LF, no last end": {log, nil, true},
		"LF":              {log + "\n", nil, false},
		"CRLF":            {strings.ReplaceAll(log, "\n", "\r\n") + "\r\n", nil, false},
		"byte by byte":    {log + "\n", iotest.OneByteReader, false},
		"half reads":      {log + "\n", iotest.HalfReader, false},
		"data with EOF":   {log, iotest.DataErrReader, true},
	} {
		r := io.Reader(strings.NewReader(c.text))
		if c.wrap != nil {
			r = c.wrap(r)
		}
		var lines []int64
		stats, err := (&Scanner{}).Scan(context.Background(), r, func(e Entry) error {
			lines = append(lines, e.Line)
			return nil
		})
		if err != nil || len(lines) != 3 || lines[0] != 1 || lines[1] != 4 || lines[2] != 5 {
			t.Errorf("%s: expected entries in lines 1, 4 and 5, got %v (%v)", name, lines, err)
		}
		if stats.Lines != 5 || stats.Bytes != int64(len(c.text)) || stats.Unterminated != c.open || stats.Plain != 1 || stats.Blank != 1 {
			t.Errorf("%s: expected 5 lines, %d bytes, 1 plain, got %+v", name, len(c.text), stats)
		}
	}
}

// TestLongLines: a line of any length costs no more than its front.
func TestLongLines(t *testing.T) {
	t.Parallel()
	tail := `,"errorVerbose":"` + strings.Repeat("x", 10_000) + `"}`
	long := strings.TrimSuffix(mismatchLine, "}") + tail
	for _, n := range []int{0, 1, 7, 1023, 1024, 1025, 1026, 4095, 4096, 5000} {
		log := strings.Repeat("z", n) + "\n" + long + "\n" + mismatchLine + "\n" + long
		var list []Entry
		stats, err := (&Scanner{}).scan(context.Background(), strings.NewReader(log), 1024, func(e Entry) error {
			list = append(list, e)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 3 || list[0].Line != 2 || list[1].Line != 3 || list[2].Line != 4 {
			t.Fatalf("%d: expected entries in lines 2 to 4, got %+v", n, list)
		}
		cut := int64(2)
		if n > 1024 {
			cut = 3
		}
		if stats.Cut != cut || stats.Lines != 4 || stats.Bytes != int64(len(log)) {
			t.Errorf("%d: expected %d cut of 4 lines in %d bytes, got %+v", n, cut, len(log), stats)
		}
		if !list[0].Misleads(MisleadCut) || list[1].Misleads(MisleadCut) || list[0].Kind != KindTokenMismatch {
			t.Errorf("%d: expected the cut line to be marked, got %v and %v", n, list[0].Misleading, list[1].Misleading)
		}
		if len(list[0].Text) > maxText {
			t.Errorf("%d: expected at most %d bytes of text, got %d", n, maxText, len(list[0].Text))
		}
	}
}

// TestGarbage survives what is no log.
func TestGarbage(t *testing.T) {
	t.Parallel()
	var all []byte
	for i := range 256 {
		all = append(all, byte(i), '\n')
	}
	for name, text := range map[string]string{
		"every byte":    string(all),
		"hole":          strings.Repeat("\x00", 300_000),
		"invalid UTF-8": strings.Replace(mismatchLine, "alice", "al\xff\xfeice", 1) + "\n",
		"braces":        strings.Repeat(`{"level":`, 5000) + "\n" + strings.Repeat("{[", 30_000) + "\n",
		"quotes":        strings.Repeat(`"\`, 30_000) + "\n" + strings.Repeat(`\"`, 30_000),
		"dates":         strings.Repeat("2026-11-22 13:57:49 ", 100) + "\n2026-11-22T13:57:49Z \n2026-11-22 13:57:49",
		"escape broken": "\x1b[\x1b]0;title\x1b\\\x1b\n\x1b",
	} {
		list, stats := scanAll(t, &Scanner{}, text)
		if stats.Bytes != int64(len(text)) {
			t.Errorf("%s: expected %d bytes, got %d", name, len(text), stats.Bytes)
		}
		for _, e := range list {
			if strings.ContainsRune(e.UID, '\xff') || !strings.Contains(e.UID, "al\ufffd\ufffdice") {
				t.Errorf("%s: unexpected entry %+v", name, e)
			}
		}
	}
}

// TestHole: the hole of a truncated log does not swallow the line behind it.
func TestHole(t *testing.T) {
	t.Parallel()
	list, stats := scanAll(t, &Scanner{}, strings.Repeat("\x00", 1_000_000)+mismatchLine+"\n")
	if len(list) != 1 || list[0].Line != 1 || stats.Bytes != 1_000_000+int64(len(mismatchLine))+1 {
		t.Errorf("expected the refusal behind the hole, got %+v of %d bytes", list, stats.Bytes)
	}
}

// TestErrors: the reader's, the caller's and the context's error come back, with
// what was counted.
func TestErrors(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	keep := func(Entry) error { return nil }
	r := io.MultiReader(strings.NewReader(mismatchLine+"\n"+mismatchLine), iotest.ErrReader(boom))
	stats, err := (&Scanner{}).Scan(context.Background(), r, keep)
	if !errors.Is(err, boom) || stats.Entries != 2 || !stats.Unterminated {
		t.Errorf("expected boom after 2 entries, got %v %+v", err, stats)
	}
	stats, err = (&Scanner{}).Scan(context.Background(), strings.NewReader(mismatchLine+"\n"+mismatchLine), func(Entry) error { return boom })
	if !errors.Is(err, boom) || stats.Lines != 1 {
		t.Errorf("expected boom at line 1, got %v %+v", err, stats)
	}
	ctx, cancel := context.WithCancel(context.Background())
	endless := &repeat{block: []byte(ordinary), left: 1 << 40}
	stats, err = (&Scanner{}).Scan(ctx, io.TeeReader(endless, writerFunc(func(p []byte) { cancel() })), keep)
	if !errors.Is(err, context.Canceled) || stats.Lines == 0 || stats.Lines > 10*ctxEvery {
		t.Errorf("expected the context's end soon, got %v %+v", err, stats)
	}
	if _, err = (&Scanner{}).Scan(context.Background(), stuck{}, keep); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("expected no progress, got %v", err)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// TestUnknownErrors: errors that are not understood are kept once each, bounded,
// without secrets.
func TestUnknownErrors(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for range 3 {
		log.WriteString(v2("error", "Channel", "something \u001b[31mnew", `,"token":"very-secret","error":"x"`))
	}
	for i := range 60 {
		log.WriteString(v2("error", "Channel", strings.Repeat("m", i+1), ``))
	}
	list, stats := scanAll(t, &Scanner{}, log.String())
	if len(list) != 0 || len(stats.Unknown) != maxSamples || stats.UnknownDropped != 61-maxSamples {
		t.Fatalf("expected %d samples and %d dropped, got %d and %d", maxSamples, 61-maxSamples, len(stats.Unknown), stats.UnknownDropped)
	}
	u := stats.Unknown[0]
	if u.Count != 3 || u.Line != 1 || u.Module != "Channel" || u.Level != "error" || strings.Contains(u.Text, "very-secret") || strings.Contains(u.Text+u.Message, "\x1b") {
		t.Errorf("expected three of one error without its token, got %+v", u)
	}
	if stats.Other["error"] != 63 || stats.Levels["error"] != 63 {
		t.Errorf("expected 63 errors, got %+v", stats)
	}
}
