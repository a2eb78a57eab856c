package serverlog

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// TestMeaningOfCases asks of each captured case what refused the client, in each
// generation, as the server's behaviour is known from running it. "" means that
// this generation refuses nothing there.
func TestMeaningOfCases(t *testing.T) {
	t.Parallel()
	versions := []string{"v1.0.5", "v1.2.6", "v2.0.0-beta", "v2.0.7", "v2.1.3", "v2.2.5"}
	for name, want := range map[string][6]Kind{
		"ok":                      {},
		"wrong-flag-unregistered": {"", KindTokenUnset, "", KindDeviceNotFound, KindDeviceNotFound, KindDeviceNotFound},
		"wrong-flag1-registered0": {KindTokenRefused, KindTokenUnset, "", KindDeviceNotFound, KindDeviceNotFound, KindDeviceNotFound},
		"wrong-flag-3":            {"", KindTokenUnset, "", KindDeviceNotFound, KindDeviceNotFound, KindDeviceNotFound},
		"wrong-token":             {KindTokenRefused, KindTokenMismatch, KindTokenMismatch, KindTokenMismatch, KindTokenMismatch, KindTokenMismatch},
		"stale-token":             {KindTokenRefused, KindTokenMismatch, KindTokenMismatch, KindTokenMismatch, KindTokenMismatch, KindTokenMismatch},
		"empty-token":             {KindTokenMissing, KindTokenMissing, KindTokenMissing, KindTokenMissing, KindTokenMissing, KindTokenMissing},
		// v2.0.0-beta compares an unknown user with the token of another one.
		"unknown-uid":          {KindTokenRefused, KindTokenUnset, KindTokenMismatch, KindDeviceNotFound, KindDeviceNotFound, KindDeviceNotFound},
		"banned":               {KindBanned, KindBanned, KindBanned, KindBanned, KindBanned, KindBanned},
		"after-device-quit":    {KindTokenRefused, KindTokenUnset, KindTokenUnset, KindTokenCleared, KindTokenCleared, KindTokenCleared},
		"illegal-uid":          {KindTokenRefused, KindTokenUnset, KindTokenMismatch, KindUIDIllegal, KindUIDIllegal, ""},
		"empty-uid":            {KindTokenRefused, KindTokenUnset, KindTokenMismatch, KindUIDEmpty, KindUIDEmpty, ""},
		"ping-before-connect":  {KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst},
		"http-to-ws-port":      {KindNotWebSocket, KindNotWebSocket, KindNotWebSocket, KindNotWebSocket, KindNotWebSocket, KindNotWebSocket},
		"jsonrpc-wrong-flag":   {KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst, KindNotConnectFirst, KindDeviceNotFound},
		"visitor-suffix":       {KindTokenRefused, KindTokenUnset, KindTokenMismatch, KindDeviceNotFound, KindDeviceNotFound, ""},
		"clientkey-not-base64": {"", KindClientKeyInvalid, KindClientKeyInvalid, "", "", KindClientKeyInvalid},
	} {
		for i, v := range versions {
			file := v + "-" + name + ".log"
			if !hasLog(t, file) {
				continue
			}
			if got := firstRefusal(t, file); got != want[i] {
				t.Errorf("%s: expected %q, got %q", file, want[i], got)
			}
		}
	}
}

func hasLog(t *testing.T, file string) bool {
	t.Helper()
	return strings.Contains(strings.Join(logNames(t), "\n")+"\n", file+"\n")
}

func firstRefusal(t *testing.T, file string) Kind {
	t.Helper()
	list, _ := scanAll(t, &Scanner{}, string(readLog(t, file)))
	for _, e := range list {
		if e.Kind.Refusal() {
			return e.Kind
		}
	}
	return ""
}

// TestMisleading says of which line nobody should believe what.
func TestMisleading(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		kind Kind
		want string // exactly these, in any order
	}{
		{"v1.0.5-wrong-token.log", KindTokenRefused, "flag-zero-only uid-not-logged flag-not-logged time-without-zone"},
		{"v1.2.6-wrong-flag-unregistered.log", KindTokenUnset, "pooled-conn unset-or-cleared uid-not-logged flag-not-logged time-without-zone"},
		{"v1.2.6-wrong-token.log", KindTokenMismatch, "pooled-conn uid-not-logged flag-not-logged time-without-zone"},
		{"v1.2.6-wrong-token.log", KindNoConnectClosed, "pooled-conn idle-after-refusal time-without-zone"},
		{"v2.0.0-beta-unknown-uid.log", KindTokenMismatch, "pooled-conn one-token-per-uid expect-token-of-another-user uid-not-logged flag-not-logged time-without-zone"},
		{"v2.0.7-wrong-token.log", KindTokenMismatch, ""},
		{"v2.0.10-wrong-flag-unregistered.log", KindDeviceNotFound, "flag-not-logged"},
		{"v2.1.3-wrong-flag-unregistered.log", KindDeviceNotFound, "uid-not-logged flag-not-logged"},
		{"v2.2.1-wrong-flag-unregistered.log", KindDeviceNotFound, "flag-not-logged"},
		{"v2.2.5-wrong-flag-unregistered.log", KindDeviceNotFound, ""},
		{"v2.2.5-wrong-token.log", KindTokenMismatch, "flag-not-logged"},
		{"v2.2.5-banned.log", KindBanned, "ban-is-per-user"},
		{"v2.2.5-master-kick.log", KindKickCloseLost, "zombie-or-gone"},
		{"v2.1.3-after-device-quit-all.log", KindQuitNoDevice, "quit-not-connect"},
		{"v2.2.5-http-token-errors.log", KindUserRequestInvalid, "endpoint-not-logged"},
		{"v3-jsonrpc-wrong-flag.log", KindUnsupportedFrame, "any-frame uid-not-logged time-without-zone"},
	} {
		list, _ := scanAll(t, &Scanner{}, string(readLog(t, c.file)))
		found := false
		for _, e := range list {
			if e.Kind != c.kind || found {
				continue
			}
			found = true
			want := strings.Fields(c.want)
			if len(want) != len(e.Misleading) {
				t.Errorf("%s %s: expected %v, got %v", c.file, c.kind, want, e.Misleading)
			}
			for _, w := range want {
				if !e.Misleads(Misleading(w)) {
					t.Errorf("%s %s: expected %q among %v", c.file, c.kind, w, e.Misleading)
				}
			}
		}
		if !found {
			t.Errorf("%s: expected an entry of kind %s, got %v", c.file, c.kind, kindsOf(list))
		}
	}
}

// TestPooledConnIsNotBelieved: a v1 line says deviceFlag=APP and names a device
// whatever the client sent; none of it may reach the entry.
func TestPooledConnIsNotBelieved(t *testing.T) {
	t.Parallel()
	list, _ := scanAll(t, &Scanner{}, string(readLog(t, "v1.2.6-wrong-flag-unregistered.log")))
	e := list[0]
	if e.Flag != nil || e.UID != "" {
		t.Errorf("expected nothing from the pooled connection, got flag %v uid %q", e.Flag, e.UID)
	}
	if !strings.Contains(e.Text, "deviceFlag=APP") {
		t.Errorf("expected the quoted line to be complete, got %q", e.Text)
	}
}

// TestGenerations: module, fields and time together say who wrote a line, and no
// more than they say.
func TestGenerations(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]Generations{
		"v1.0.5-wrong-token.log":            GenV10,
		"v1.0.5-empty-token.log":            GenV10 | GenV1,
		"v1.2.6-wrong-token.log":            GenV1,
		"v1.2.6-empty-token.log":            GenV10 | GenV1,
		"v1.2.6-manager-wrong-token.log":    GenV1,
		"v2.0.0-beta-wrong-token.log":       GenV2Beta,
		"v2.0.0-beta-empty-token.log":       GenV2Beta,
		"v2.0.0-beta-http-token-errors.log": GenV2Beta | GenV20,
		"v2.0.7-wrong-token.log":            GenV20,
		"v2.0.7-illegal-uid.log":            GenV20 | GenV2,
		"v2.0.10-system-uid.log":            GenV2,
		"v2.1.3-wrong-token.log":            GenV2,
		"v2.2.5-ping-before-connect.log":    GenV2,
		"v3-jsonrpc-ok.log":                 GenV3,
	} {
		list, _ := scanAll(t, &Scanner{}, string(readLog(t, file)))
		found := false
		for _, e := range list {
			if (e.Kind.Refusal() || e.Kind == KindUserRequestInvalid) && !found {
				found = true
				if e.Generations != want {
					t.Errorf("%s: expected %s, got %s", file, want, e.Generations)
				}
			}
		}
		if !found {
			t.Errorf("%s: expected an entry, got %v", file, kindsOf(list))
		}
	}
}

// TestGenerationBits: the bits are in the order of the generations' one list.
func TestGenerationBits(t *testing.T) {
	t.Parallel()
	for name, g := range map[probe.Generation]Generations{
		probe.GenV10: GenV10, probe.GenV1: GenV1, probe.GenV2Beta: GenV2Beta, probe.GenV20: GenV20, probe.GenV2: GenV2, probe.GenV3: GenV3,
	} {
		if g.String() != string(name) || !g.Has(string(name)) {
			t.Errorf("%s: got %s", name, g)
		}
	}
}
