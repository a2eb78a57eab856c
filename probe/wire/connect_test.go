package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	goodKey = "4oqGB5j3+4N2JMgt2eJ53V761GYbYwY+NaxAMTkqbwM="
	token   = "tok-SECRET-d2VsbCBoaWRkZW4="
)

// None of these may ever leave for a server: each crashes the process of some.
func TestConnectRefusesClientKey(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{
		"empty":             "",
		"31 bytes":          base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"33 bytes":          base64.StdEncoding.EncodeToString(make([]byte, 33)),
		"not base64":        "!oqGB5j3+4N2JMgt2eJ53V761GYbYwY+NaxAMTkqbwM=",
		"URL alphabet":      strings.ReplaceAll(goodKey, "+", "-"),
		"no padding":        strings.TrimRight(goodKey, "="),
		"line break inside": goodKey[:10] + "\n" + goodKey[10:],
		"raw bytes":         string(make([]byte, 32)),
	} {
		c := &Connect{Version: 5, UID: "alice", Token: token, ClientKey: key}
		b, err := c.Encode()
		if err == nil || b != nil {
			t.Errorf("%s: got %d bytes, error %v; want an error and no bytes", name, len(b), err)
			continue
		}
		if strings.Contains(err.Error(), token) {
			t.Errorf("%s: error %q shows the token", name, err)
		}
	}
}

func TestNewClientKey(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	if _, err := NewClientKey(iotest.ErrReader(boom)); !errors.Is(err, boom) {
		t.Errorf("got error %v; want %v", err, boom)
	}
	if _, err := NewClientKey(strings.NewReader("short")); err == nil {
		t.Error("got no error from 5 random bytes")
	}
	key, err := NewClientKey(strings.NewReader(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	if err := checkClientKey(key); err != nil {
		t.Error(err)
	}
}

func TestConnectRefusesLongStrings(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 0x10000)
	for name, c := range map[string]*Connect{
		"device id": {DeviceID: long, ClientKey: goodKey},
		"uid":       {UID: long, ClientKey: goodKey},
		"token":     {Token: long, ClientKey: goodKey},
	} {
		b, err := c.Encode()
		if err == nil || b != nil || !strings.Contains(err.Error(), name) || len(err.Error()) > 200 {
			t.Errorf("%s of 65536 bytes: got %d bytes, error %.80v", name, len(b), err)
		}
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c := &Connect{Version: 5, DeviceFlag: FlagWeb, DeviceID: "d", UID: "alice", Token: token, ClientKey: goodKey}
	for _, v := range []any{c, *c, []*Connect{c}, struct{ C *Connect }{c}, struct{ C Connect }{*c}, Frame(c)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, token) || strings.Contains(got, fmt.Sprintf("%x", token)) {
				t.Errorf("%s of %T shows the token: %s", verb, v, got)
			}
		}
	}
	if got, want := c.String(), `CONNECT version=5 device_flag=1 device_id="d" uid="alice"`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

// A stranger's length costs nothing, and a frame no more than its own bytes.
// Not parallel: it counts allocations.
func TestDecodeAllocatesNoMoreThanItWasGiven(t *testing.T) {
	claims := map[string][]byte{
		"1 MiB body announced": {0x20, 0x80, 0x80, 0x40},
		"string announced":     append([]byte{0x10, 0x80, 0x80, 0x40, 5, 1, 0xff, 0xff}, make([]byte, 64)...),
	}
	for name, b := range claims {
		if n := testing.AllocsPerRun(100, func() { _, _, _ = Decode(b) }); n != 0 {
			t.Errorf("%s: got %v allocations; want 0", name, n)
		}
	}
	list := append(frames(t, "connect"), frames(t, "connack")...)
	big, err := appendFrame(5, 0, make([]byte, MaxBody))
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, captured{name: "foreign frame of 1 MiB", raw: big})
	for _, c := range list {
		const rounds = 50
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			_, _, _ = Decode(c.raw)
		}
		runtime.ReadMemStats(&after)
		per := (after.TotalAlloc - before.TotalAlloc) / rounds
		if limit := uint64(2*min(len(c.raw), 1024) + 512); per > limit {
			t.Errorf("%s of %d bytes: got %d bytes allocated; want at most %d", c.name, len(c.raw), per, limit)
		}
	}
}

func TestParseDeviceFlag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]DeviceFlag{"0": 0, "255": 255, "web": FlagWeb, "PC": FlagPC, "App": FlagApp, "system": FlagSystem, "Desktop": FlagPC} {
		if got, err := ParseDeviceFlag(in); err != nil || got != want {
			t.Errorf("%q: got %v, error %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "256", "-1", "1.0", "0x1"} {
		if got, err := ParseDeviceFlag(in); err == nil {
			t.Errorf("%q: got %v; want an error", in, got)
		}
	}
}
