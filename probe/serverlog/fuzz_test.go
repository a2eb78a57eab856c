package serverlog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzScan: whatever comes in, nothing panics, every byte is counted, no string
// of an entry or sample can act on a terminal or grows without bound.
func FuzzScan(f *testing.F) {
	for _, name := range []string{"v1.2.6-wrong-token.log", "v2.0.7-master-kick.log", "v2.0.10-wrong-flag-unregistered.log", "v2.2.5-master-kick.log", "v3-jsonrpc-ok.log"} {
		f.Add(readLog(f, name), uint16(0))
	}
	f.Add([]byte("x-1 | panic: boom\n"+goTrace), uint16(600))
	f.Add([]byte(consoleLine+"\r\n\x00\x1b[31m"+oldLine), uint16(700))
	f.Add([]byte(`{"log":"{\"level\":\"error\",\"msg\":\"【handler】token is empty\"}\n","time":"2026-11-22T13:51:50Z"}`), uint16(513))
	for _, packed := range packings(f, []byte(mismatchLine+"\n"+tlsPanicV2)) {
		f.Add(packed, uint16(0))
	}
	f.Add([]byte(printedLines), uint16(0))
	f.Add([]byte(mismatchLine[:120]+"\n"+mismatchLine[120:]+"\n{\n\"a\": 1"), uint16(0))
	for _, text := range reshapedLine(mismatchLine) {
		f.Add([]byte(text), uint16(0))
	}
	f.Fuzz(func(t *testing.T, log []byte, longest uint16) {
		s := &Scanner{}
		stats, err := s.scan(context.Background(), strings.NewReader(string(log)), max(int(longest), 512), func(e Entry) error {
			if bad := hostileIn(e); bad != "" {
				t.Errorf("hostile text %q", bad)
			}
			if len(e.Text) > maxText || len(e.UID) > maxUID || len(e.Error) > maxError {
				t.Errorf("too long: %+v", e)
			}
			if e.Kind == "" || e.Line < 1 {
				t.Errorf("expected a kind and a place, got %+v", e)
			}
			_, err := json.Marshal(e)
			return err
		})
		if _, mark := Sniff(log); stats.Encoding == EncodingUTF8 && (err != nil || stats.Bytes != int64(len(log)-mark)) {
			t.Errorf("expected %d bytes, got %d (%v)", len(log)-mark, stats.Bytes, err)
		}
		sum := stats.Entries + stats.Folded + stats.Trace + stats.Plain + stats.Blank
		for _, n := range stats.Other {
			sum += n
		}
		if sum != stats.Lines {
			t.Errorf("expected every one of %d lines to be accounted for, got %+v", stats.Lines, stats)
		}
		for _, u := range stats.Unknown {
			if !utf8.ValidString(u.Text) || strings.ContainsAny(u.Text+u.Message+u.Module, "\x1b\n\r\x07\x00") {
				t.Errorf("hostile sample %+v", u)
			}
		}
	})
}

// FuzzTokens puts any two tokens into lines of every generation: none of them may
// be seen in an entry, however it is printed.
func FuzzTokens(f *testing.F) {
	f.Add("stored-token", "sent-token", "dev")
	f.Add(`qu"ote\back`, "tab\tnew\nline", "x")
	f.Add("令牌一二三四", "\x1b[31mred\x1b[0m", "deviceFlag: WEB")
	f.Add("abcd", "abcdabcd", "abcd")
	f.Add("\xff\xfe\xfd\xfc", "����", "\u202e\u202e")
	f.Fuzz(func(t *testing.T, expect, act, device string) {
		quote := func(s string) string {
			b, err := json.Marshal(s)
			if err != nil {
				t.Skip()
			}
			return string(b)
		}
		log := fmt.Sprintf(`{"level":"error","time":"2026-11-22T13:51:50+00:00","msg":"【handler】token verify fail","uid":"~","expectToken":%[1]s,"actToken":%[2]s}
{"level":"error","time":"2024-04-11 13:51:22","msg":"【Processor】token verify fail","expectToken":%[1]s,"actToken":%[2]s,"conn":%[3]s}
{"level":"debug","time":"2024-04-11 13:51:22","msg":"【UserAPI】req","req":{"uid":"~","token":%[1]s,"device_flag":0}}
{"level":"error","time":"2024-04-11 13:51:22","msg":"【Processor】manager token verify fail","uid":"~","token":%[2]s}
{"level":"error","time":"2024-04-11 13:51:22","msg":"【Other】unknown","token":%[2]s,"expectToken":%[1]s}
`, quote(expect), quote(act), quote("Conn[6] uid= fd={28} deviceFlag=APP deviceLevel=Slave deviceID="+device))
		empty, _ := scanAll(t, &Scanner{}, strings.NewReplacer(quote(expect), `""`, quote(act), `""`).Replace(log))
		known := fmt.Sprintf("%+v", empty) // what stands in the entries without any token
		list, stats := scanAll(t, &Scanner{}, log)
		shown := fmt.Sprintf("%+v %#v %+v", list, list, stats.Unknown)
		for _, raw := range []string{expect, act} {
			if len(raw) < 6 || strings.Contains(known, raw) || strings.Contains(hidden, raw) || strings.Trim(raw, "�") == "" {
				continue // too short, or a word of the line itself
			}
			if strings.Contains(shown, raw) {
				t.Errorf("the entry shows %q: %s", raw, shown)
			}
		}
	})
}
