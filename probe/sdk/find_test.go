package sdk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/wire"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"js": "js-1.3.5", "JS": "js-1.3.5", " js ": "js-1.3.5", "js-1.0.4": "js-1.0.4",
		"js@1.0.0": "js-1.0.1", "js@1.0.4": "js-1.0.4", "js@1.2.7": "js-1.0.4", "js@1.2.8": "js-1.2.8", "js@v1.3.1": "js-1.2.8",
		"js@1.3.2": "js-1.3.5", "js@1.2.10": "js-1.2.8", "easyjs": "easyjs-2.0.5", "easyjs@1.0.13": "easyjs-1.0.13", "easyjs@1.0.14": "easyjs-2.0.1",
		"android": "android-1.5.5", "flutter": "flutter-1.7.9", "wkcli@v2.2.5-20260422": "", "server-pkg-client": "server-pkg-client",
		"wkbench@2026-06-05": "wkbench", "go@1": "go-1.0.0",
	} {
		s, err := Find(name)
		if want == "" {
			if err == nil {
				t.Errorf("%q: got %s; want an error", name, s.ID)
			}
			continue
		}
		if err != nil || s.ID != want {
			t.Errorf("%q: got %q, error %v; want %q", name, s.ID, err, want)
		}
	}
}

// Both ends of every range, and the id, lead back to the row; the bare family
// to its last.
func TestFindEveryRow(t *testing.T) {
	t.Parallel()
	newest := map[string]string{}
	for _, s := range All() {
		newest[s.Family] = s.ID
		for _, name := range []string{s.ID, s.Family + "@" + s.Versions.From, s.Family + "@" + s.Versions.To} {
			if got, err := Find(name); err != nil || got.ID != s.ID {
				t.Errorf("%q: got %q, error %v; want %q", name, got.ID, err, s.ID)
			}
		}
	}
	for family, want := range newest {
		if got, err := Find(family); err != nil || got.ID != want {
			t.Errorf("%q: got %q, error %v; want %q", family, got.ID, err, want)
		}
	}
	families := Families()
	if len(families) != len(newest) || !slices.IsSorted(families) {
		t.Errorf("got families %v", families)
	}
}

func TestFindUnknown(t *testing.T) {
	t.Parallel()
	for name, near := range map[string]string{
		"jss": "js", "esayjs": "easyjs", "andriod": "android", "fluter": "flutter", "python": "easypython", "harmonyos": "harmony", "easyandroid2@1.0.0": "easyandroid",
	} {
		_, err := Find(name)
		var u *UnknownError
		if !errors.As(err, &u) || len(u.Near) == 0 || u.Near[0] != near {
			t.Errorf("%q: got %+v; want %q first", name, err, near)
			continue
		}
		for _, f := range Families() {
			if !strings.Contains(err.Error(), f) {
				t.Errorf("%q: error %q does not list %s", name, err, f)
			}
		}
	}
	for _, name := range []string{"", "@", "zzzzzzzz", "x"} {
		_, err := Find(name)
		var u *UnknownError
		if !errors.As(err, &u) || len(u.Near) > 0 {
			t.Errorf("%q: got %v; want no suggestion", name, err)
		}
	}
}

func TestFindUnknownVersion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"js@9.9.9", "js@", "js@latest", "js@1.3.5.1", "flutter@1.6.0", "js@-1"} {
		_, err := Find(name)
		var u *UnknownError
		if !errors.As(err, &u) || len(u.Versions) == 0 || !strings.Contains(err.Error(), u.Versions[0].String()) {
			t.Errorf("%q: got %v; want the known versions", name, err)
		}
	}
	if _, err := Find(strings.Repeat("長", 5000)); err == nil || len(err.Error()) > 1000 {
		t.Errorf("a name of 5000 characters: got an error of %d bytes", len(err.Error()))
	}
}

func TestDefaultIsTheNewestJS(t *testing.T) {
	t.Parallel()
	s := Default()
	if s.ID != "js-1.3.5" || s.ProtocolByte != 5 || s.WireFlag != 1 || s.DeviceID != "{hex32}W" || s.Transport != WebSocket || s.Opcode != Binary {
		t.Errorf("got %s: byte %d, flag %d, device id %s over %s %s", s.ID, s.ProtocolByte, s.WireFlag, s.DeviceID, s.Transport, s.Opcode)
	}
}

func TestFlagOnItsWay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name             string
		asked            wire.DeviceFlag
		sends, effective wire.DeviceFlag
		knob             string
	}{
		{"js", 0, 0, 0, "WKSDK.shared().config.deviceFlag = 0"},
		{"js", 7, 7, 7, "WKSDK.shared().config.deviceFlag = 7"},
		{"js@1.0.3", 0, 0, 0, ""},
		{"easyjs@1.0.13", 0, 2, 2, ""}, // `|| 2` takes 0 for missing
		{"easyjs@1.0.13", 1, 1, 1, "WKIM.init(url, { uid, token, deviceFlag: 1 })"},
		{"easyjs", 0, 0, 0, "WKIM.init(url, { uid, token, deviceFlag: 0 })"},
		{"easyandroid@1.0.2", 1, 1, 0, ""}, // device_flag, which servers do not know
		{"easyandroid", 2, 2, 0, ""},
		{"easyios@1.0.2", 0, 0, 0, ""}, // its enum begins with 1
		{"easyios@1.0.2", 2, 2, 2, "WuKongConfigBuilder().deviceFlag(.web)"},
		{"easyios", 1, 1, 1, "WuKongConfigBuilder().deviceFlag(.web)"},
		{"easyrust", 0, 0, 0, "auth.device_flag = DeviceFlag::App"},
		{"easyrust", 9, 9, 9, ""},
		{"android", 0, 0, 0, ""},
	} {
		s, err := Find(tc.name)
		if err != nil {
			t.Fatal(err)
		}
		knob, ok := s.KnobFor(tc.asked)
		if s.Sends(tc.asked) != tc.sends || s.Effective(tc.asked) != tc.effective || knob != tc.knob || ok != (tc.knob != "") {
			t.Errorf("%s asked for %d: sends %d, counts %d, knob %q; want %d, %d, %q",
				tc.name, tc.asked, s.Sends(tc.asked), s.Effective(tc.asked), knob, tc.sends, tc.effective, tc.knob)
		}
	}
}
