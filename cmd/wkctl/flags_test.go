package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/wire"
)

func TestParseFlags(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]wire.DeviceFlag{
		"0,1,2": {0, 1, 2}, "2,0": {2, 0}, "app,WEB,pc": {0, 1, 2}, "1,web,1": {1}, " 3 , 5 ": {3, 5},
		"250-255": {250, 251, 252, 253, 254, 255}, "7-7": {7}, "1-3,2-4": {1, 2, 3, 4}, "app-pc": {0, 1, 2},
	} {
		if got, err := parseFlags("flags", in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
	if all, err := parseFlags("flags", "0-255"); err != nil || len(all) != 256 {
		t.Errorf("0-255: got %d flags, %v", len(all), err)
	}
	for _, in := range []string{"", ",", "1,", "256", "0-256", "-1", "3-1", "1-2-3", "1.5", "0x10", "phone", "1 2", "+1"} {
		got, err := parseFlags("flags", in)
		var user *userError
		if !errors.As(err, &user) || user.code != exitUsage || user.args["flag"] != "flags" {
			t.Errorf("%q: got %v, %v, want a usage error", in, got, err)
		}
	}
}

// FuzzParseFlags: whatever is typed, the answer is an error or a list of
// different flags, never more than there are.
func FuzzParseFlags(f *testing.F) {
	for _, seed := range []string{"0,1,2", "0-255", "app,web", "1-", "-", ",,", "255-0", "0-99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		list, err := parseFlags("flags", in)
		if err != nil {
			return
		}
		seen := map[wire.DeviceFlag]bool{}
		for _, flag := range list {
			if seen[flag] {
				t.Errorf("%q: flag %d twice in %v", in, flag, list)
			}
			seen[flag] = true
		}
		if len(list) == 0 || strings.TrimSpace(in) == "" {
			t.Errorf("%q: got %v without an error", in, list)
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"api", "ws", "flags", "connect-flag", "connect-flags", "token-flag", "h", "sdk"}
	for in, want := range map[string]string{
		"flgs": "flags", "flag": "flags", "conect-flag": "connect-flag", "connect-flgs": "connect-flags", "apii": "api",
		"frobnicate": "", "x": "", "h": "", "zz": "", "sdks": "sdk", "": "",
	} {
		if got := nearest(in, names); got != want {
			t.Errorf("nearest to %q: got %q, want %q", in, got, want)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"foo": true, "127.0.0.1:5001": true, "localhost:5001": true, "http://127.0.0.1:5001": true, "https://im.example.com": true, "http://[::1]:5001": true, "http://im.example.com:5001/wk/": true,
		"": false, "http:": false, "http:/im.example.com": false, "//im.example.com": false, "ws://im.example.com": false, "http://": false,
		"http://:5001": false, "http://im.example.com:0": false, "http://im.example.com:65536": false, "http://im.example.com:x": false,
		"http://user@im.example.com": false, "http://user:word@im.example.com": false, "http://im.example.com:5001\x00": false,
	} {
		got, err := address("api", in, "http", "https")
		if (err == nil) != ok || ok && got != in && got != "http://"+in {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
		var user *userError
		if err != nil && errors.As(err, &user) && strings.Contains(user.args["value"], "word") {
			t.Errorf("%q: the message shows the password: %v", in, user.args)
		}
	}
}
