package serverlog

import (
	"strings"
	"testing"
)

func v2(level, module, msg, fields string) string {
	return sourceLine(level, module, msg, fields) + "\n"
}

// refusalOf gives the two lines of a refusal as v2.0.8–2.0.10 write them. The
// error of the second one carries a stack, as pkg/errors prints it.
func refusalOf(uid, token string) (first, second string) {
	first = v2("error", "processUser", "token verify fail", `,"expectToken":"stored-`+uid+`","actToken":"`+token+`"`)
	second = v2("error", "processUser", "handle connect failed", `,"error":"token verify fail","uid":"`+uid+
		`","errorVerbose":"token verify fail\ngithub.com/WuKongIM/WuKongIM/internal/user/process.(*User).handleConnect\n\t/src/connect.go:63"`)
	return first, second
}

// TestFoldTakesUIDFromSecondLine: on v2.0.8–2.0.10 only the second line names
// the user.
func TestFoldTakesUIDFromSecondLine(t *testing.T) {
	t.Parallel()
	a1, a2 := refusalOf("alice", "bad")
	noise := strings.Repeat(ordinary, 5)
	list, stats := scanAll(t, &Scanner{}, a1+noise+a2)
	if len(list) != 1 || list[0].UID != "alice" || list[0].Line != 1 || list[0].Misleads(MisleadNoUID) || stats.Folded != 1 {
		t.Errorf("expected one refusal of alice at line 1, got %+v (%+v)", list, stats)
	}
}

// TestFoldDoesNotGuess: lines of two refusals that are mixed up cannot be told
// apart, so neither gets a uid; one that comes later does.
func TestFoldDoesNotGuess(t *testing.T) {
	t.Parallel()
	a1, a2 := refusalOf("alice", "bad-a")
	b1, b2 := refusalOf("bob", "bad-b")
	c1, c2 := refusalOf("carol", "bad-c")
	list, stats := scanAll(t, &Scanner{}, a1+b1+b2+a2+c1+c2)
	if len(list) != 3 || stats.Folded != 3 {
		t.Fatalf("expected three refusals, got %v (%+v)", kindsOf(list), stats)
	}
	for _, e := range list[:2] {
		if e.UID != "" || !e.Misleads(MisleadInterleaved) {
			t.Errorf("expected no uid where two refusals are mixed up, got %q %v", e.UID, e.Misleading)
		}
	}
	if list[2].UID != "carol" {
		t.Errorf("expected carol, got %q", list[2].UID)
	}
	// Two of the same kind without tokens are the same but for the uid.
	nf := v2("error", "processUser", "get device token err", `,"error":"not found"`)
	second := func(uid string) string {
		return v2("error", "processUser", "handle connect failed", `,"error":"not found","uid":"`+uid+`"`)
	}
	list, _ = scanAll(t, &Scanner{}, nf+nf+second("alice")+second("bob"))
	if len(list) != 2 || list[0].UID != "alice" || list[1].UID != "bob" {
		t.Errorf("expected alice and bob, got %+v", list)
	}
}

// TestFoldCounts: "handle connect err" is counted with its first line, and on its
// own where that is missing.
func TestFoldCounts(t *testing.T) {
	t.Parallel()
	first := v2("error", "handler", "token verify fail", `,"uid":"alice","expectToken":"","actToken":"x"`)
	second := v2("error", "handler", "handle connect err", `,"error":"token verify fail"`)
	other := v2("error", "handler", "handle connect err", `,"error":"not found"`)
	for name, c := range map[string]struct {
		log  string
		want []Kind
	}{
		"pair":            {first + second, []Kind{KindTokenCleared}},
		"two pairs mixed": {first + first + second + second, []Kind{KindTokenCleared, KindTokenCleared}},
		"first alone":     {first, []Kind{KindTokenCleared}},
		"second alone":    {second, []Kind{KindTokenRefused}},
		"one second more": {first + second + second, []Kind{KindTokenCleared, KindTokenRefused}},
		"other error":     {first + other, []Kind{KindTokenCleared, KindDeviceNotFound}},
		"too far apart":   {first + strings.Repeat(ordinary, foldWindow) + second, []Kind{KindTokenCleared, KindTokenRefused}},
	} {
		list, _ := scanAll(t, &Scanner{}, c.log)
		got := kindsOf(list)
		if len(got) != len(c.want) {
			t.Errorf("%s: expected %v, got %v", name, c.want, got)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: expected %v, got %v", name, c.want, got)
			}
		}
	}
	for text, want := range map[string]Kind{
		"token is empty": KindTokenMissing, "device is ban": KindBanned,
		"illegal base64 data at input byte 0": KindClientKeyInvalid, "pebble: closed": KindConnectRefused,
	} {
		list, _ := scanAll(t, &Scanner{}, v2("error", "handler", "handle connect err", `,"error":"`+text+`"`))
		if len(list) != 1 || list[0].Kind != want || !list[0].Misleads(MisleadSecondLine) {
			t.Errorf("%s: expected %s of a second line, got %+v", text, want, list)
		}
	}
}

// TestFoldHandsOverAtOnce: whoever follows a live log need not wait for a second
// line that adds nothing.
func TestFoldHandsOverAtOnce(t *testing.T) {
	t.Parallel()
	sc := newScan(&Scanner{Aliases: &Aliases{}}, func(Entry) error { return nil })
	feed := func(text string) {
		if err := sc.line(line{text: []byte(strings.TrimSuffix(text, "\n"))}); err != nil {
			t.Fatal(err)
		}
	}
	feed(v2("error", "handler", "token is empty", `,"uid":"alice"`))
	if sc.count.stats.Entries != 1 {
		t.Errorf("expected the entry with its first line, got %d", sc.count.stats.Entries)
	}
	a1, _ := refusalOf("alice", "bad")
	feed(a1)
	if sc.count.stats.Entries != 1 {
		t.Errorf("expected v2.0.8's first line to wait for the uid, got %d entries", sc.count.stats.Entries)
	}
	for range foldWindow + 1 {
		feed(ordinary[:strings.Index(ordinary, "\n")])
	}
	if sc.count.stats.Entries != 2 {
		t.Errorf("expected it after %d lines, got %d entries", foldWindow, sc.count.stats.Entries)
	}
}

// TestFoldIsBounded: a log of first lines only must not pile them up.
func TestFoldIsBounded(t *testing.T) {
	t.Parallel()
	a1, _ := refusalOf("alice", "bad")
	list, _ := scanAll(t, &Scanner{}, strings.Repeat(a1, 1000))
	if len(list) != 1000 {
		t.Errorf("expected 1000 entries, got %d", len(list))
	}
}

const goTrace = `
goroutine 48 [running]:
github.com/WuKongIM/WuKongIM/internal/eventbus.(*Event).Size(0xc000123)
	/src/internal/eventbus/event.go:127 +0x1d
github.com/WuKongIM/WuKongIMGoProto.(*ConnackPacket).GetFrameSize(0x0)
	/src/connack.go:12
created by github.com/WuKongIM/WuKongIM/pkg/wknet.(*Acceptor).run in goroutine 1
	/src/pkg/wknet/acceptor.go:242 +0x85
exit status 2
`

// TestPanics: a panic is one entry, its trace is not counted as unknown lines,
// and the trace names the cause.
func TestPanics(t *testing.T) {
	t.Parallel()
	slot := v2("panic", "slot.Server", "wait all slots ready timeout", `,"stacktrace":"a.b\n\t/x.go:1"`)
	segv := "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n"
	for name, c := range map[string]struct {
		log    string
		want   Kind
		trace  int64
		folded int64
	}{
		"manager token":     {ordinary + segv + goTrace + ordinary, KindManagerTokenPanic, 10, 0},
		"in compose":        {strings.ReplaceAll("x-1 | "+strings.TrimSuffix(segv+goTrace, "\n"), "\n", "\nx-1 | ") + "\n", KindManagerTokenPanic, 10, 0},
		"short client key":  {"panic: runtime error: slice bounds out of range [:32] with capacity 5\n\ngoroutine 9 [running]:\ngithub.com/WuKongIM/WuKongIM/internal/server.(*Processor).getClientAesKeyAndIV(0x1)\n", KindClientKeyPanic, 3, 0},
		"unknown":           {"fatal error: concurrent map writes\n\ngoroutine 9 [running]:\nmain.main()\n", KindPanic, 3, 0},
		"zap, then runtime": {slot + "panic: 【slot.Server】wait all slots ready timeout\n" + goTrace, KindSlotNotReady, 9, 1},
		"at the end":        {"panic: boom", KindPanic, 0, 0},
	} {
		list, stats := scanAll(t, &Scanner{}, c.log)
		if len(list) != 1 || list[0].Kind != c.want {
			t.Errorf("%s: expected one %s, got %+v", name, c.want, list)
			continue
		}
		if stats.Trace != c.trace || stats.Folded != c.folded || stats.Plain != 0 {
			t.Errorf("%s: expected %d lines of trace, %d folded, none plain, got %+v", name, c.trace, c.folded, stats)
		}
	}
}

// TestTraceEnds: text after a trace is text again, and a v3 error brings a trace
// of its own.
func TestTraceEnds(t *testing.T) {
	t.Parallel()
	v3 := "2026-11-22 13:57:49.113\tERROR\t[app]\tapp/run.go:1\tsomething new\t{\"error\": \"x\"}\ngithub.com/WuKongIM/WuKongIM/internal/app.(*App).Run\n\t/src/app.go:12\nmain.main\n\t/src/main.go:3\n"
	_, stats := scanAll(t, &Scanner{}, v3+"a line of another program\n\tindented\n")
	if stats.Trace != 4 || stats.Plain != 2 || len(stats.Unknown) != 1 {
		t.Errorf("expected 4 lines of trace, 2 plain, 1 unknown error, got %+v", stats)
	}
}
