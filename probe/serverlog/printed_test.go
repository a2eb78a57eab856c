package serverlog

import (
	"strings"
	"testing"
	"time"
)

// What a server prints beside its log; the shapes are those of v1.2.6 to v2.2.5.
const (
	tlsPanicV1 = `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x48 pc=0xa3a435]

goroutine 59 [running]:
github.com/WuKongIM/crypto/tls.(*Conn).readClientHello(0x3a7fdd416408, {0x1417f38, 0x3a7fdd16f2c0})
	/go/pkg/mod/github.com/!wu!kong!i!m/crypto/tls/handshake_server.go:190 +0x75
github.com/WuKongIM/crypto/tls.(*Conn).serverHandshake(0x3a7fdd416408, {0x1417f38, 0x3a7fdd16f2c0})
	/go/pkg/mod/github.com/!wu!kong!i!m/crypto/tls/handshake_server.go:67 +0x30
created by github.com/WuKongIM/WuKongIM/pkg/wknet.(*ReactorSub).Start in goroutine 1
	/src/pkg/wknet/reactor_sub.go:53 +0x4f
`
	tlsPanicV2 = `{"level":"panic","time":"2026-11-28T15:14:44.920821914+00:00","msg":"【ReactorSub-1】reactorSub panic","err":"runtime error: invalid memory address or nil pointer dereference","stack":"github.com/WuKongIM/WuKongIM/pkg/wknet.(*ReactorSub).run.func1\n\t/src/pkg/wknet/reactor_sub.go:97\nruntime.gopanic\n\t/go/src/runtime/panic.go:860\ngithub.com/WuKongIM/crypto/tls.(*Conn).readClientHello\n\t/go/handshake_server.go:190"}
`
	tlsTraceV2 = `panic: runtime error: invalid memory address or nil pointer dereference [recovered]
	panic: 【ReactorSub-1】reactorSub panic
[signal SIGSEGV: segmentation violation code=0x1 addr=0x48 pc=0xa49855]

goroutine 1185 [running]:
go.uber.org/zap/zapcore.CheckWriteAction.OnWrite(0x2?, 0xaa287de62c0?, {0x0?, 0x0?, 0xaa287abea20?})
	/go/zap/zapcore/entry.go:196 +0x54
github.com/WuKongIM/WuKongIM/pkg/wknet.(*ReactorSub).run.func1()
	/src/pkg/wknet/reactor_sub.go:97 +0x22b
panic({0x14c5580?, 0x271ac60?})
	/go/src/runtime/panic.go:860 +0x13a
github.com/WuKongIM/crypto/tls.(*Conn).readClientHello(0xaa2876b4c08, {0x1aa6f90, 0xaa2878a5b80})
	/go/handshake_server.go:190 +0x75
`
	printedLines = `[GIN] 2026/11/28 - 15:14:42 | 200 |      81.803µs |       127.0.0.1 | GET      "/route"
[GIN] 2026/11/28 - 15:14:42 | 401 |     129.583µs |       127.0.0.1 | POST     "/user/token"
[GIN] 2026/11/28 - 15:14:43 | 400 |     121.639µs |       127.0.0.1 | POST     "/user/token?token=secret-in-url"
[GIN] 2026/11/28 - 15:14:43 | 503 |     121.639µs |       127.0.0.1 | POST     "/user/token"
10.0.0.7 - - [28/Nov/2026:16:14:44 +0100] "POST /user/token HTTP/1.1" 429 162 "-" "python-requests/2.32"
10.0.0.7 - - [28/Nov/2026:16:14:44 +0100] "POST /user/token HTTP/1.1" 403 162 "-" "python-requests/2.32"
10.0.0.7 - - [28/Nov/2026:16:14:44 +0100] "POST /user/token HTTP/1.1" 200 14 "-" "python-requests/2.32"
-------------------------->握手失败！--------------------------> tls: first record does not look like a TLS handshake handshakeStatusUnknown
-------------------------->握手失败！--------------------------> remote error: tls: unknown certificate handshakeStatus13ReadClientFinished
2026/11/28 15:16:34 http: TLS handshake error from 10.0.0.7:4711: EOF
remote error: tls: bad certificate
`
)

// TestPrinted: lines without a level that are about clients are understood.
func TestPrinted(t *testing.T) {
	t.Parallel()
	want := []struct {
		line int64
		kind Kind
		err  string
	}{
		{2, KindTokenCallUnauthorized, "HTTP 401"}, {3, KindTokenCallRefused, "HTTP 400"}, {4, KindTokenCallFailed, "HTTP 503"},
		{5, KindTokenCallLimited, "HTTP 429"}, {6, KindTokenCallBlocked, "HTTP 403"}, {7, KindTokenCall, "HTTP 200"},
		{8, KindPlainToTLS, "tls: first record does not look like a TLS handshake"},
		{9, KindCertRefused, "remote error: tls: unknown certificate"},
		{10, KindTLSFailed, "2026/11/28 15:16:34 http: TLS handshake error from 10.0.0.7:4711: EOF"},
		{11, KindCertRefused, "remote error: tls: bad certificate"},
	}
	for name, log := range map[string]string{
		"bare":       printedLines,
		"in compose": "wukongim-1  | " + strings.ReplaceAll(strings.TrimSuffix(printedLines, "\n"), "\n", "\nwukongim-1  | "),
		"coloured":   strings.ReplaceAll(printedLines, "| 401 |", "|\x1b[90;43m 401 \x1b[0m|"),
	} {
		list, stats := scanAll(t, &Scanner{}, log)
		if len(list) != len(want) || stats.Plain != 0 || stats.Known != 11 || stats.Form != "" {
			t.Fatalf("%s: %d entries, %+v", name, len(list), stats)
		}
		for i, w := range want {
			if e := &list[i]; e.Line != w.line || e.Kind != w.kind || e.Error != w.err {
				t.Errorf("%s: got line %d %s %q, want %+v", name, e.Line, e.Kind, e.Error, w)
			}
			if strings.Contains(list[i].Text, "secret-in-url") {
				t.Errorf("%s: the text shows a token: %s", name, list[i].Text)
			}
		}
		at := time.Date(2026, 11, 28, 15, 14, 42, 0, time.UTC)
		if e := &list[0]; !e.Time.Equal(at) || !e.Misleads(MisleadNoZone) {
			t.Errorf("%s: gin's time is %v", name, e.Time)
		}
		if e := &list[3]; !e.Time.Equal(at.Add(2*time.Second)) || e.Misleads(MisleadNoZone) {
			t.Errorf("%s: the proxy's time is %v", name, e.Time)
		}
	}
}

// TestHandshakeOnce: at level debug the same failure stands in a line of its own.
func TestHandshakeOnce(t *testing.T) {
	t.Parallel()
	printed := "-------------------------->握手失败！--------------------------> tls: first record does not look like a TLS handshake handshakeStatusUnknown\n"
	line := v2("debug", "ReactorSub-1", "close connn", `,"error":"tls: first record does not look like a TLS handshake","id":1,"fd":153`)
	for name, tc := range map[string]struct {
		log             string
		entries, folded int64
	}{
		"both":        {printed + line, 1, 1},
		"log alone":   {line + line, 2, 0},
		"far away":    {printed + strings.Repeat(ordinary, shakenWindow) + line, 2, 0},
		"other error": {printed + strings.Replace(line, "first record", "second record", 1), 2, 0},
	} {
		list, stats := scanAll(t, &Scanner{}, tc.log)
		if stats.Entries != tc.entries || stats.Folded != tc.folded || !list[0].Kind.Refusal() || list[0].Kind != KindPlainToTLS {
			t.Errorf("%s: %+v, %v", name, stats, kindsOf(list))
		}
	}
}

// TestTLSPanic: a server that a TLS greeting has ended is one entry, in the log
// and in what the process printed, in either or in both.
func TestTLSPanic(t *testing.T) {
	t.Parallel()
	for name, log := range map[string]string{
		"v1": tlsPanicV1, "v2 log": tlsPanicV2, "v2 output": tlsTraceV2, "v2 both": ordinary + tlsPanicV2 + tlsTraceV2,
		"in compose": "wukongim-1  | " + strings.ReplaceAll(strings.TrimSuffix(tlsPanicV2+tlsTraceV2, "\n"), "\n", "\nwukongim-1  | "),
	} {
		list, stats := scanAll(t, &Scanner{}, log)
		if len(list) != 1 || list[0].Kind != KindTLSPanic || stats.Plain != 0 {
			t.Errorf("%s: %v, %+v", name, kindsOf(list), stats)
			continue
		}
		if e := &list[0]; !e.Kind.Trouble() || e.Kind.Refusal() || e.Generations.Has("v1.0") || !e.Generations.Has("v2") {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestConfigUnreadable: said once, although it is printed and panicked.
func TestConfigUnreadable(t *testing.T) {
	t.Parallel()
	const err = "open /root/wukongim/wk.yaml: no such file or directory"
	for name, log := range map[string]string{
		"printed": "read config file error:  " + err + "\npanic: read config file error: " + err + "\n\ngoroutine 1 [running]:\nmain.main()\n",
		"panic":   "panic: read config file error: " + err + "\n\ngoroutine 1 [running]:\nmain.main()\n",
		"logged":  `{"level":"error","time":"2026-11-28 15:14:44","msg":"read config file error","error":"` + err + `"}` + "\n",
	} {
		list, stats := scanAll(t, &Scanner{}, log)
		if len(list) != 1 || list[0].Kind != KindConfigUnreadable || !strings.Contains(list[0].Error, "no such file") || stats.Plain != 0 {
			t.Errorf("%s: %+v, %+v", name, list, stats)
		}
	}
}

// TestAnswerOnce: a body that does not decode is one event, although its answer
// stands in the access log as well.
func TestAnswerOnce(t *testing.T) {
	t.Parallel()
	bad := v2("error", "user", "数据格式有误！", `,"error":"unexpected EOF"`)
	gin := "[GIN] 2026/11/28 - 15:14:43 | 400 |  1µs | 127.0.0.1 | POST     \"/user/token\"\n"
	for name, tc := range map[string]struct {
		log     string
		entries int
		folded  int64
	}{
		"one":           {bad + gin, 1, 1},
		"two":           {bad + bad + gin + gin, 3, 1},
		"far away":      {bad + strings.Repeat(ordinary, 3) + gin, 2, 0},
		"another":       {bad + strings.Replace(gin, "400", "401", 1), 2, 0},
		"answer before": {gin + bad, 2, 0},
	} {
		list, stats := scanAll(t, &Scanner{}, tc.log)
		if len(list) != tc.entries || stats.Folded != tc.folded {
			t.Errorf("%s: %v, %+v", name, kindsOf(list), stats)
		}
	}
}
