package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/measure"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

// TestSDKMatrix compares every SDK on every generation: each cell agrees with the
// catalogue, the EasySDKs get WK511 where there is no JSON-RPC, one connection is
// made for all that send the same, and nothing is left on the server.
func TestSDKMatrix(t *testing.T) {
	t.Parallel()
	for _, g := range sandbox.Generations() {
		t.Run(string(g), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, n *memnet.Network) { compareSDKs(t, n, g) })
		})
	}
}

func compareSDKs(t *testing.T, n *memnet.Network, g sandbox.Generation) {
	t.Helper()
	s := serveOn(t, n, sandbox.Config{Generation: g})
	f := &terminal{net: n}
	code := f.run(t, "diagnose", "--api", s.APIURL(), "--sdk", "all", "--allow-no-auth", "--format", "json")
	var d probe.Diagnosis
	want := exitOK
	if g == sandbox.V10 {
		want = exitFinding // WK508: 1->1 and 2->2 are refused
	}
	if err := json.Unmarshal(f.stdout.Bytes(), &d); err != nil || code != want {
		t.Fatalf("exit code %d, %v\n%s", code, err, &f.stderr)
	}
	if len(d.SDKs) != len(sdk.All()) || d.Target.SDK != "" {
		t.Fatalf("%d rows of %d, sdk %q", len(d.SDKs), len(sdk.All()), d.Target.SDK)
	}
	checkSDKs(t, &d)
	if rpc := d.Finding("WK511"); (rpc != nil) != (g != sandbox.V2) {
		t.Errorf("WK511 on %s: %v", g, rpc)
	}
	checkDials(t, s, &d)
	if left := tokensLeft(s); left != "none" {
		t.Errorf("tokens left: %s", left)
	}
}

// checkSDKs wants every cell as the catalogue says, whatever was measured.
func checkSDKs(t *testing.T, d *probe.Diagnosis) {
	t.Helper()
	rpc := d.Finding("WK511")
	for _, row := range d.SDKs {
		for _, c := range row.TokenFlags {
			if c.Verdict != probe.OutcomePass || c.Observed == probe.Accepted && c.Expected != probe.Accepted {
				t.Errorf("%s on %s, token of flag %d: %s, expected %s, verdict %s, lost %q, %v",
					row.SDK, row.Address, c.TokenFlag, c.Observed, c.Expected, c.Verdict, c.Lost, c.Fault)
			}
			if unread := row.Protocol == string(sdk.JSONRPC) && rpc != nil; unread != (c.Code == "WK511") || unread && c.Observed != probe.Closed {
				t.Errorf("%s, token of flag %d: %s, code %q", row.SDK, c.TokenFlag, c.Observed, c.Code)
			}
		}
	}
}

// checkDials counts connections: each user's own, and the one that tries the TCP
// address of /route.
func checkDials(t *testing.T, s *sandbox.Server, d *probe.Diagnosis) {
	t.Helper()
	attempts := map[string]int{}
	for _, p := range d.Pairings {
		attempts[p.UID] = p.Attempts
	}
	for _, row := range d.SDKs {
		for _, c := range row.TokenFlags {
			attempts[c.UID] = c.Attempts
		}
	}
	for _, c := range d.Checks {
		if c.Result != nil {
			attempts[string(c.ID)] = c.Result.Attempts
		}
	}
	sum := 0
	for _, n := range attempts {
		sum += n
	}
	ws, wss, tcp := s.Dials()
	if ws+tcp != sum+1 || wss != 0 {
		t.Errorf("dials: ws %d, wss %d, tcp %d, want %d in all", ws, wss, tcp, sum+1)
	}
	// 4 controls, 9 pairings, of which 3 are those of js-1.3.5 anyway.
	if want := 4 + 9 - 3 + measure.SDKLogins(sdk.All(), []wire.DeviceFlag{0, 1, 2}); sum != want || want > 100 {
		t.Errorf("%d connections, want %d and at most 100", sum, want)
	}
}

// TestSDKList compares the SDKs that were named, with the flags that were named.
func TestSDKList(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, n *memnet.Network) {
		f := &terminal{net: n}
		if code := f.run(t, "diagnose", "--sandbox", "v2", "--sdk", "js, easyjs@1.0.13,EASYANDROID,js", "--flags", "0,2", "--format", "json"); code != exitOK {
			t.Fatalf("exit code %d: %s", code, &f.stderr)
		}
		var d probe.Diagnosis
		if err := json.Unmarshal(f.stdout.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range d.SDKs {
			line := row.SDK
			for _, c := range row.TokenFlags {
				line += fmt.Sprintf(" %d:%s", c.TokenFlag, c.Observed)
			}
			got = append(got, line)
		}
		want := []string{"js-1.3.5 0:silent 2:silent", "easyjs-1.0.13 0:silent 2:accepted", "easyandroid-1.0.4 0:accepted 2:silent"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestLiveSDKs compares every SDK on a real server.
func TestLiveSDKs(t *testing.T) {
	l := liveServer(t)
	d := l.diagnose(t, "--sdk", "all", "--allow-no-auth")
	checkSDKs(t, d)
	if c := d.Check(probe.CheckCleanup); c == nil || c.Outcome != probe.OutcomePass {
		t.Errorf("clean-up: %+v", c)
	}
	made, again := 0, 0
	for _, row := range d.SDKs {
		for _, c := range row.TokenFlags {
			if c.SameAs == "" {
				made, again = made+1, again+c.Attempts-1
			}
		}
	}
	t.Logf("%s %q: %d rows, %d logins, %d of them tried again, %.0f ms", d.Server.Generation, d.Server.Version, len(d.SDKs), made, again, d.ElapsedMS)
}

// TestLiveDialects logs in once as each kind of SDK on a real server: accepted with
// a token of the flag that the catalogue says to register, turned away with one of
// another flag.
func TestLiveDialects(t *testing.T) {
	l := liveServer(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("wkctl-live-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := l.diagnose(t, "--allow-no-auth", "--sdk", "js,easyjs")
	gen, rpc := first.Server.Generation, first.Finding("WK511") == nil
	for i, name := range []string{"js@1.0.3", "js@1.0.4", "js@1.2.8", "js", "android@1.0.2", "android", "go", "server-pkg-client", "wkbench",
		"easyjs@1.0.0", "easyjs@1.0.13", "easyjs", "easyandroid@1.0.0", "easyandroid@1.0.2", "easyandroid", "easyios@1.0.2", "easyios",
		"easyflutter@1.0.1", "easyflutter", "easypython", "easyrust", "easycsharp", "easycpp", "wkcli"} {
		s, err := sdk.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, own := range []bool{true, false} {
			flag := s.EffectiveFlag
			if !own {
				flag = (flag + 1) % 3
			}
			uid := fmt.Sprintf("wkctl-live-%d-%d-%t", os.Getpid(), i, own)
			flags := fmt.Sprint(int(flag))
			if p, code := l.run(t, "token", "--uid", uid, "--flags", flags, "--token-file", token); code != exitOK {
				t.Fatalf("token: %d %s", code, &p.stderr)
			}
			t.Cleanup(func() {
				if p, code := l.run(t, "register", "--uid", uid, "--flags", flags, "--remove"); code != exitOK {
					t.Errorf("register --remove: %d %s", code, &p.stderr)
				}
			})
			got := l.connect(t, name, uid, token)
			want := liveAnswer(gen, s, own)
			if s.Protocol == sdk.JSONRPC && !rpc {
				want = probe.Closed
			}
			if got.Observed != want || want == probe.Silent && got.Proof != probe.ProofPingClose {
				t.Errorf("%s, token of flag %d: %s, proof %q, %v, want %s", s.ID, flag, got.Observed, got.Proof, got.Fault, want)
			}
			if over := strings.HasPrefix(got.Target.WS, "tcp://"); over != (s.Transport == sdk.TCP) {
				t.Errorf("%s went to %s", s.ID, got.Target.WS)
			}
			t.Logf("%-18s token of flag %d: %s %s", s.ID, flag, got.Observed, got.Proof)
		}
	}
}

// liveLogin is the part of a connection's report that these tests look at.
type liveLogin struct {
	Target probe.Target `json:"target"`
	probe.Result
}

// connect logs in as an SDK. The address is what /route says: the WebSocket
// address of WKCTL_LIVE_WS would not do for an SDK that speaks TCP.
func (l live) connect(t *testing.T, name, uid, token string) *liveLogin {
	t.Helper()
	p := wkctl(t, "connect", "--sdk", name, "--uid", uid, "--token-file", token, "--format", "json")
	p.cmd.Env = append(p.cmd.Env, "WKCTL_API="+l.api, "WKCTL_MANAGER_TOKEN="+os.Getenv("WKCTL_MANAGER_TOKEN"))
	code := p.run()
	var c liveLogin
	if err := json.Unmarshal(p.stdout.Bytes(), &c); err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, &p.stderr)
	}
	return &c
}

// liveAnswer is what each generation was measured to do.
func liveAnswer(gen probe.Generation, s sdk.SDK, own bool) probe.Observed {
	switch {
	case s.Protocol == sdk.JSONRPC && gen != probe.GenV2: // of v2 only 2.1.4 and later speak it
		return probe.Closed
	case own, gen == probe.GenV3, gen == probe.GenV2Beta:
		return probe.Accepted
	case gen == probe.GenV2:
		return probe.Silent
	}
	return probe.Refused
}
