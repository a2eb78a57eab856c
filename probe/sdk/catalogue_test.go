package sdk

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/wire"
)

var sourcePattern = regexp.MustCompile(`^([A-Za-z-]+@[0-9A-Za-z.-]+|npm:[a-z]+@[0-9.]+):\S+`)

func TestEveryRowIsWhole(t *testing.T) {
	t.Parallel()
	rows := All()
	if len(rows) < 39 {
		t.Errorf("got %d rows; want at least 39", len(rows))
	}
	ids := map[string]bool{}
	for _, s := range rows {
		for _, complaint := range complaints(s) {
			t.Errorf("%s: %s", s.ID, complaint)
		}
		if ids[s.ID] {
			t.Errorf("%s: id used twice", s.ID)
		}
		ids[s.ID] = true
	}
}

// complaints lists what a row lacks.
func complaints(s SDK) (list []string) {
	need := func(ok bool, what string) {
		if !ok {
			list = append(list, what)
		}
	}
	need(s.ID != "" && s.ID == strings.ToLower(s.ID), "no id in lower case")
	need(s.Family != "" && strings.HasPrefix(s.ID, s.Family), "id does not begin with the family")
	need(s.Name != "" && s.Package != "" && s.Ecosystem != "", "no name, package or ecosystem")
	need(len(s.Source) > 0, "no source")
	for _, src := range s.Source {
		need(sourcePattern.MatchString(src), "source "+src+" is not repository@commit:file")
	}
	need(slices.Contains([]Evidence{Run, Replayed, Code, Changelog, Assumed}, s.Verified.Wire), "wire is not verified")
	need(slices.Contains([]Evidence{Run, Replayed, Code, Changelog, Assumed}, s.Verified.Sees), "what the user sees is not verified")
	for name, text := range map[string]Text{
		"refused": s.Sees.Refused.Text, "silent": s.Sees.Silent.Text, "closed": s.Sees.Closed.Text, "retry": s.Retry.Text,
	} {
		need(text.En != "" && text.Zh != "", "no text for "+name)
		need(!strings.HasSuffix(text.En, ".") && !strings.HasSuffix(text.Zh, "。"), name+" ends with a full stop")
		need(chinese(text.Zh), name+" has no Chinese in zh")
	}
	for _, b := range s.Bugs {
		need(Bug(b).En != "" && chinese(Bug(b).Zh), "unexplained bug "+b)
	}
	need(s.Effective(s.WireFlag) == s.EffectiveFlag, "effective flag does not follow from the wire flag")
	need(s.Knob == "" || strings.Contains(s.Knob, "{flag}") || strings.Contains(s.Knob, "{name}"), "knob without a place for the flag")
	return append(list, protocolComplaints(s)...)
}

// Every bug is some row's, and those that findings are about exist.
func TestBugsAreInUse(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, s := range All() {
		for _, b := range s.Bugs {
			used[b] = true
			if !s.Has(b) {
				t.Errorf("%s: Has(%q) is false", s.ID, b)
			}
		}
	}
	for id := range load().bugs {
		if !used[id] {
			t.Errorf("no row has bug %q", id)
		}
	}
	for _, id := range []string{BugFlagNotSent, BugFlagNumbering, BugZeroFlag, BugFalseSuccess, BugSwallowed, BugShownAsKick, BugPongWithoutID} {
		if !used[id] {
			t.Errorf("no row has bug %q", id)
		}
	}
}

func protocolComplaints(s SDK) (list []string) {
	need := func(ok bool, what string) {
		if !ok {
			list = append(list, what)
		}
	}
	_, err := s.DeviceID.Pattern()
	need(err == nil, "device id shape")
	_, err = s.RequestID.Pattern()
	need(err == nil, "request id shape")
	need(s.TimestampUnit == Milliseconds || s.TimestampUnit == Seconds, "timestamp unit")
	need((s.Opcode == "") == (s.Transport == TCP), "opcode does not fit the transport")
	switch s.Protocol {
	case WKProto:
		need(s.ProtocolByte > 0 && s.ClientKey && s.DeviceID != "", "WKProto without version, client key or device id")
		need(s.RequestID == "" && s.Encoder == "" && len(s.Keys.Top) == 0, "WKProto with JSON fields")
		need(s.Opcode != TextFrame, "WKProto in a text message")
	case JSONRPC:
		need(s.Transport == WebSocket && s.RequestID != "" && s.Encoder != "", "JSON-RPC without transport, request id or encoder")
		for _, k := range []string{"method", "params", "id"} {
			need(slices.Contains(s.Keys.Top, k), "JSON-RPC without "+k)
		}
		need(slices.Contains(s.Keys.Params, "uid") && slices.Contains(s.Keys.Params, "token"), "JSON-RPC without uid or token")
	default:
		need(false, "unknown protocol")
	}
	return list
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
}

// What a JS SDK reports is told to its user in those words.
func TestEventsStandInTheText(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, s := range All() {
		for _, sight := range []Sight{s.Sees.Refused, s.Sees.Silent, s.Sees.Closed} {
			for _, e := range sight.Events {
				seen++
				if !strings.Contains(sight.En, e) || !strings.Contains(sight.Zh, e) {
					t.Errorf("%s: %s does not stand in %q or %q", s.ID, e, sight.En, sight.Zh)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no row has events")
	}
}

func TestRangesAreInOrder(t *testing.T) {
	t.Parallel()
	last := map[string][]int{}
	var family string
	for _, s := range All() {
		from, ok1 := parseVersion(s.Versions.From)
		to, ok2 := parseVersion(s.Versions.To)
		if !ok1 || !ok2 || slices.Compare(from, to) > 0 {
			t.Errorf("%s: range %s", s.ID, s.Versions)
		}
		if before, ok := last[s.Family]; ok {
			if family != s.Family {
				t.Errorf("%s: family %s is not together", s.ID, s.Family)
			}
			if slices.Compare(before, from) >= 0 {
				t.Errorf("%s: range %s does not come after the row before", s.ID, s.Versions)
			}
		}
		family, last[s.Family] = s.Family, to
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"unknown field of a row":  {`{"rows":[{"id":"x","flagg":1}]}`, "flagg"},
		"unknown field of a text": {`{"rows":[{"id":"x","sees":{"refused":{"de":"nein"}}}]}`, "de"},
		"unknown field of a file": {`{"rowz":[]}`, "rowz"},
		"like a later row":        {`{"rows":[{"id":"x","like":"y"},{"id":"y"}]}`, `"y"`},
		"flag over 255":           {`{"rows":[{"id":"x","wire_flag":256}]}`, "wire_flag"},
		"broken JSON":             {`{"rows":[`, "EOF"},
	} {
		if _, err := parse([]byte(tc.in)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v; want one that names %s", name, err, tc.want)
		}
	}
}

func TestLikeTakesOverAllButProof(t *testing.T) {
	t.Parallel()
	c, err := parse([]byte(`{"rows":[
		{"id":"a-1","family":"a","name":"A","wire_flag":2,"flag_names":{"x":1,"y":2},"keys":{"top":["id"],"params":["uid"],"ping":["id"]},
		 "sees":{"refused":{"en":"r","zh":"r","events":["E"]}},"source":["s"],"verified":{"wire":"run","sees":"run"},"versions":{"from":"1","to":"2"},"bugs":["b","c"]},
		{"id":"a-3","like":"a-1","wire_flag":0,"flag_names":{"z":0},"keys":{"top":["method"],"params":[]},"bugs":["d"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := c.rows[1]
	if got.ID != "a-3" || got.Name != "A" || got.WireFlag != 0 || got.Sees.Refused.En != "r" {
		t.Errorf("got %+v", got)
	}
	if len(got.Source) > 0 || got.Verified != (Verified{}) || got.Versions != (Range{}) {
		t.Errorf("took over source %v, verification %v or versions %v", got.Source, got.Verified, got.Versions)
	}
	if len(got.FlagNames) != 1 || got.Keys.Ping != nil || got.Keys.Top[0] != "method" || !slices.Equal(got.Bugs, []string{"d"}) {
		t.Errorf("merged what it replaces: %v, %v, %v", got.FlagNames, got.Keys, got.Bugs)
	}
	if base := c.rows[0]; !slices.Equal(base.Bugs, []string{"b", "c"}) || base.Keys.Top[0] != "id" || base.FlagNames["x"] != 1 {
		t.Errorf("changed the row it is like: %+v", base)
	}
}

func TestAllIsACopy(t *testing.T) {
	t.Parallel()
	for i := range All() {
		s := All()[i]
		before, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		s.Source[0], s.Name = "x", "x"
		if len(s.Keys.Params) > 0 {
			s.Keys.Params[0], s.Keys.Top[0] = "x", "x"
		}
		for n := range s.FlagNames {
			s.FlagNames[n] = 77
		}
		if len(s.Bugs) > 0 {
			s.Bugs[0] = "x"
		}
		if len(s.Sees.Silent.Events) > 0 {
			s.Sees.Silent.Events[0] = "x"
		}
		if after, _ := json.Marshal(All()[i]); !bytes.Equal(before, after) {
			t.Errorf("%s: the catalogue changed with a copy of it", s.ID)
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	type change struct {
		family, last, first string
		from, to            wire.DeviceFlag
		breaks              bool
	}
	want := []change{
		{"easyjs", "1.0.13", "1.0.14", 2, 1, true},
		{"easyandroid", "1.0.2", "1.0.3", 0, 0, false},
		{"easyios", "1.0.2", "1.0.3", 1, 0, true},
		{"easyflutter", "1.0.1", "1.0.2", 1, 0, true},
	}
	var got []change
	for _, c := range Changes() {
		got = append(got, change{c.Family, c.From.Versions.To, c.To.Versions.From, c.From.DefaultFlag(), c.To.DefaultFlag(), c.Breaks()})
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

// The flags by family, as the SDKs' own sources have them.
func TestDefaultFlags(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]wire.DeviceFlag{
		"js": 1, "js@1.0.0": 1, "uniapp": 1, "android": 0, "ios": 0, "flutter": 0, "harmony": 0, "go": 0,
		"easyjs@1.0.6": 2, "easyjs@1.0.13": 2, "easyjs@1.0.14": 1, "easyjs": 1, "easyandroid@1.0.2": 0, "easyandroid": 0,
		"easyios@1.0.2": 1, "easyios": 0, "easyflutter@1.0.1": 1, "easyflutter": 0,
		"easypython": 2, "easyrust": 2, "easycsharp": 2, "easycpp": 2, "wkcli": 0, "wkbench": 0,
	} {
		s, err := Find(name)
		if err != nil || s.DefaultFlag() != want {
			t.Errorf("%s: got %v, error %v; want %v", name, s.DefaultFlag(), err, want)
		}
	}
}
