package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
)

// TestSDKsChoice: which rows a filter leaves, by id.
func TestSDKsChoice(t *testing.T) {
	t.Parallel()
	all := func(keep func(sdk.SDK) bool) (ids []string) {
		for _, s := range sdk.All() {
			if keep(s) {
				ids = append(ids, s.ID)
			}
		}
		return ids
	}
	for args, want := range map[string][]string{
		"":                      all(func(sdk.SDK) bool { return true }),
		"--name js":             all(func(s sdk.SDK) bool { return s.Family == "js" }),
		"--name js@1.2.8":       {"js-1.2.8"},
		"--name js,easyandroid": all(func(s sdk.SDK) bool { return s.Family == "js" || s.Family == "easyandroid" }),
		"--flag 2":              all(func(s sdk.SDK) bool { return s.WireFlag == 2 || s.EffectiveFlag == 2 }),
		"--flag web --name easyandroid,easyjs@1.0.13,easyios": all(func(s sdk.SDK) bool {
			return (s.Family == "easyandroid" || s.Family == "easyios") && s.WireFlag == 1
		}),
	} {
		f := &terminal{}
		if code := f.run(t, append([]string{"sdks", "--format", "json"}, strings.Fields(args)...)...); code != exitOK {
			t.Fatalf("sdks %s: exit code %d: %s", args, code, &f.stderr)
		}
		var doc struct{ SDKs []sdk.SDK }
		if err := json.Unmarshal(f.stdout.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range doc.SDKs {
			got = append(got, s.ID)
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("sdks %s: got %v, want %v", args, got, want)
		}
	}
}

// TestConnectFindsThePort: an SDK that speaks TCP goes to the TCP port, from
// /route, from --ws, and behind a credentials document that names the WebSocket.
func TestConnectFindsThePort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		s := serveOn(t, n, sandbox.Config{Generation: sandbox.V1})
		s.Register("u", "secret", 0, 0)
		doc := dir + "/doc.json"
		if err := os.WriteFile(doc, []byte(`{"schema":"wkctl.credentials/v1","api":"`+s.APIURL()+`","ws":"`+s.WSURL()+`","uid":"u","tokens":[{"device_flag":0,"token":"secret"}]}`), 0o600); err != nil {
			t.Fatal(err)
		}
		login := []string{"--uid", "u", "--token", "secret", "--api", s.APIURL()}
		for name, tc := range map[string]struct {
			args []string
			tcp  bool
			code int
		}{
			"route":             {append(login, "--sdk", "android"), true, exitOK},
			"tcp given":         {append(login, "--sdk", "android", "--ws", "tcp://"+s.TCPAddr()), true, exitOK},
			"credentials":       {[]string{"--credentials", doc, "--sdk", "android"}, true, exitOK},
			"WebSocket":         {append(login, "--sdk", "js", "--connect-flag", "0"), false, exitOK},
			"JSON-RPC":          {append(login, "--sdk", "easyandroid"), false, exitFinding},
			"flag it has not":   {append(login, "--sdk", "easyandroid", "--connect-flag", "1"), false, exitUsage},
			"several at once":   {append(login, "--sdk", "all"), false, exitUsage},
			"flag of its own":   {append(login, "--sdk", "easyjs@1.0.13", "--connect-flag", "2"), false, exitFinding},
			"zero it sends as2": {append(login, "--sdk", "easyjs@1.0.13", "--connect-flag", "0"), false, exitUsage},
		} {
			_, _, before := s.Dials()
			f := &terminal{net: n}
			if code := f.run(t, append([]string{"connect"}, tc.args...)...); code != tc.code {
				t.Errorf("%s: exit code %d, want %d: %s%s", name, code, tc.code, &f.stdout, &f.stderr)
			}
			if _, _, after := s.Dials(); (after > before) != tc.tcp {
				t.Errorf("%s: the TCP port was dialled %d times", name, after-before)
			}
		}
	})
}
