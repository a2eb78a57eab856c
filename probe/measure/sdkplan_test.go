package measure

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/sdk"
	"github.com/wkctl/wkctl/probe/wire"
)

func sdkNamed(t testing.TB, name string) sdk.SDK {
	t.Helper()
	s, err := sdk.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSameSignatureSameBytes: rows that share a connection would have sent the very
// same bytes, but for what is random, and rows that do not share differ in more.
func TestSameSignatureSameBytes(t *testing.T) {
	t.Parallel()
	bytesOf := func(s sdk.SDK) []byte {
		in := sdk.Login{
			UID: "u1", Token: "t1", Flag: s.WireFlag, Now: time.Unix(1700000000, 0), RequestID: "r1",
			ClientKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		}
		if s.DeviceID != "" {
			in.DeviceID = "d1"
		}
		m, err := s.Connect(in)
		if err != nil {
			t.Fatal(err)
		}
		return m.Payload
	}
	first := map[signature]sdk.SDK{}
	for _, s := range sdk.All() {
		w := signatureOf(s)
		lead, shared := first[w]
		if !shared {
			for _, other := range first {
				if bytes.Equal(bytesOf(other), bytesOf(s)) && other.Transport == s.Transport && other.Opcode == s.Opcode {
					t.Errorf("%s and %s send the same, but are connected twice", other.ID, s.ID)
				}
			}
			first[w] = s
			continue
		}
		if a, b := bytesOf(lead), bytesOf(s); !bytes.Equal(a, b) {
			t.Errorf("%s stands for %s, which sends something else:\n%q\n%q", lead.ID, s.ID, a, b)
		}
	}
	if n := SDKLogins(sdk.All(), flags(0, 1, 2, 2)); n != 3*len(first) {
		t.Errorf("SDKLogins says %d for %d signatures and three flags", n, len(first))
	}
}

// TestAskFor: what an app has to ask an SDK for so that its login counts under a
// flag, and where nothing helps.
func TestAskFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		flag, ask wire.DeviceFlag
		ok        bool
	}{
		{"js", 1, 1, true}, {"js", 0, 0, true}, {"android", 0, 0, true},
		{"easyjs@1.0.13", 2, 2, true}, {"easyjs@1.0.13", 1, 1, true}, {"easyjs@1.0.13", 0, 0, false}, {"easyjs@1.0.14", 0, 0, true},
		{"easyandroid@1.0.2", 0, 1, true}, {"easyandroid@1.0.2", 1, 1, false}, {"easyandroid", 0, 0, true}, {"easyandroid", 1, 1, false},
		{"easyios@1.0.2", 1, 1, true},
	} {
		if ask, ok := AskFor(sdkNamed(t, tc.name), tc.flag); ask != tc.ask && ok || ok != tc.ok {
			t.Errorf("%s, flag %d: got %d, %t, want %d, %t", tc.name, tc.flag, ask, ok, tc.ask, tc.ok)
		}
	}
}

// TestDialects: each kind of SDK logs in on its own port and in its own protocol,
// and its own answers are understood: accepted with the flag that the catalogue
// says to register, refused with another.
func TestDialects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, transport string
		rpc             bool
		sent            string // part of the CONNECT
	}{
		{"js", "ws", false, ""},
		{"js@1.0.4", "ws", false, ""},
		{"android", "tcp", false, ""},
		{"go", "tcp", false, ""},
		{"easyjs", "ws", true, `{"method":"connect","params":{"uid":"u-easyjs","token":"**"`},
		{"easyandroid@1.0.2", "ws", true, `"device_flag":1,`},
		{"easyandroid", "ws", true, `"device_flag":0,`},
		{"easyios@1.0.2", "ws", true, `"deviceFlag":1`},
		{"wkcli", "ws", true, `"version":4`},
	} {
		sub(t, tc.name, func(t *lab) {
			s := stand(t, sandbox.Config{Generation: sandbox.V2})
			p := proberOf(t, s.APIURL())
			p.SDK = sdkNamed(t, tc.name)
			p.prepare()
			address, source, err := p.WSAddress(t.Context())
			if err != nil || source != probe.SourceRoute || (tc.transport == "tcp") != strings.HasPrefix(address, "tcp://") {
				t.Fatalf("address %q from %q, %v", address, source, err)
			}
			p.WS = address
			uid := "u-" + tc.name
			uid = strings.ReplaceAll(uid, "@", "-")
			flag := p.SDK.DefaultFlag()
			s.Register(uid, "right", uint8(flag), 0)
			s.Register(uid, "other", uint8(flag)+1, 0)
			for _, try := range []struct {
				token string
				want  probe.Observed
			}{{"right", probe.Accepted}, {"other", probe.Silent}} {
				token, want := try.token, try.want
				c := p.Connect(t.Context(), ConnectOptions{UID: uid, Token: p.Vault.User(token), Flag: flag})
				if c.Observed != want || want == probe.Silent && c.Proof != probe.ProofPingClose {
					t.Errorf("%s token: %s, proof %q, %v", token, c.Observed, c.Proof, c.Fault)
				}
				if sent := textOf(t, c.Frames[0].Hex); !strings.Contains(sent, strings.ReplaceAll(tc.sent, "@", "-")) {
					t.Errorf("sent %q, want %q in it", sent, tc.sent)
				}
			}
			for _, got := range ofUser(s, uid) {
				if got.Transport != tc.transport || got.JSONRPC != tc.rpc || got.Flag != uint8(flag) || got.Version != p.SDK.ProtocolByte && !tc.rpc {
					t.Errorf("the server saw %+v", got)
				}
			}
		})
	}
}

// textOf turns a dump back into text, the blanked token as stars.
func textOf(t testing.TB, dump string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(dump, "**", "2a"))
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for strings.Contains(s, "***") {
		s = strings.ReplaceAll(s, "***", "**")
	}
	return s
}

// TestJSONRPCOnAServerWithoutIt: the controls are made in the binary protocol, so
// that the run knows what the server does; the pairings are made in the SDK's.
func TestJSONRPCOnAServerWithoutIt(t *testing.T) {
	for _, g := range []sandbox.Generation{sandbox.V10, sandbox.V1, sandbox.V2Beta, sandbox.V20, sandbox.V3} {
		sub(t, string(g), func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g})
			p := proberOf(t, s.APIURL())
			p.SDK = sdkNamed(t, "easyjs")
			d := p.Diagnose(t.Context(), Plan{Mode: probe.ModeSetup, TokenFlags: flags(1), ConnectFlags: flags(1)})
			if got := outcomeOf(d, probe.CheckRightToken); got != probe.OutcomePass {
				t.Errorf("control: %s", got)
			}
			if c := cell(t, d, 1, 1); c.Observed != probe.Closed || c.Proof != probe.ProofNone || c.SDK != p.SDK.ID {
				t.Errorf("pairing: %s, proof %q, %v", c.Observed, c.Proof, c.Fault)
			}
			if d.Server.Generation != probe.Generation(g) && g != sandbox.V10 {
				t.Errorf("generation %s, evidence %v", d.Server.Generation, d.Server.Evidence)
			}
			harmless(t, s)
		})
	}
}

// TestImpossiblePairings: what an SDK cannot send is not tried under its name.
func TestImpossiblePairings(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V2})
		p := proberOf(t, s.APIURL())
		p.SDK = sdkNamed(t, "easyandroid")
		d := p.Diagnose(t.Context(), threeByThree())
		for i := range d.Pairings {
			q := &d.Pairings[i]
			want := probe.Silent
			switch {
			case q.ConnectFlag != 0:
				want = probe.NotRun
			case q.TokenFlag == 0:
				want = probe.Accepted
			}
			if q.Observed != want || q.Impossible != (q.ConnectFlag != 0) {
				t.Errorf("%s: %s, impossible %t, want %s", q.ID, q.Observed, q.Impossible, want)
			}
			if n := len(ofUser(s, q.UID)); (n == 0) != q.Impossible {
				t.Errorf("%s: %d logins", q.ID, n)
			}
		}
		if c := d.Check(probe.CheckRegister); c.Count != 6 {
			t.Errorf("%d users registered beside the first, want 3 controls and 3 pairings", c.Count)
		}
		harmless(t, s)
	})
}

// TestSDKTable: the second table, row by row and cell by cell against what the
// stand-in saw: each login with a user of its own, as its SDK sends it.
func TestSDKTable(t *testing.T) {
	t.Parallel()
	for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V2} {
		sub(t, string(g), func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g})
			plan := threeByThree()
			plan.SDKs = sdk.All()
			d := proberOf(t, s.APIURL()).Diagnose(t.Context(), plan)
			if len(d.SDKs) != len(plan.SDKs) || len(d.Pairings) != 9 {
				t.Fatalf("%d rows, %d pairings", len(d.SDKs), len(d.Pairings))
			}
			made := 0
			for i := range d.SDKs {
				made += checkSDKRow(t, s, &d.SDKs[i], plan.SDKs[i])
			}
			// js-1.3.5 with its own flag is a column of the first table anyway.
			if want := SDKLogins(plan.SDKs, plan.TokenFlags); made != want {
				t.Errorf("%d logins stand behind the table, want %d", made, want)
			}
			if c := d.Check(probe.CheckRegister); c.Count != 12+made-3 {
				t.Errorf("%d users, want 12 and %d", c.Count, made-3)
			}
			harmless(t, s)
		})
	}
}

// checkSDKRow compares a row with the CONNECTs of its users and counts the logins
// that are its own.
func checkSDKRow(t testing.TB, s *sandbox.Server, got *probe.SDKRow, want sdk.SDK) (own int) {
	t.Helper()
	if got.SDK != want.ID || got.WireFlag != want.WireFlag || got.EffectiveFlag != want.EffectiveFlag || !strings.HasPrefix(got.Address, got.Transport+"://") {
		t.Errorf("%s: %+v", want.ID, got)
	}
	for i := range got.TokenFlags {
		c := &got.TokenFlags[i]
		name := fmt.Sprintf("%s with a token of %d", got.SDK, c.TokenFlag)
		if c.SameAs == "" {
			own++
		}
		list := ofUser(s, c.UID)
		if want.Protocol == sdk.JSONRPC && len(list) == 0 {
			if c.Observed != probe.Closed { // the stand-in of v1 reads no JSON, so it logs no CONNECT
				t.Errorf("%s: %s, and no CONNECT arrived", name, c.Observed)
			}
			continue
		}
		if len(list) == 0 {
			t.Errorf("%s: no CONNECT arrived", name)
			continue
		}
		last := list[len(list)-1]
		accepted := c.Observed == probe.Accepted
		if accepted != (c.TokenFlag == want.EffectiveFlag) || accepted != (last.Verdict == sandbox.Accepted) {
			t.Errorf("%s: %s, the server: %s", name, c.Observed, last.Verdict)
		}
		if last.Transport != got.Transport || last.Flag != uint8(want.EffectiveFlag) || last.JSONRPC != (want.Protocol == sdk.JSONRPC) {
			t.Errorf("%s: the server saw %+v", name, last)
		}
	}
	return own
}

// TestUnreadLoginsGoOneByOne: on a server that closes JSON-RPC connections, none
// is opened while another may be closing, and none before the binary ones are
// through: v1.0.9 to v2.2.5 would lose one now and then.
func TestUnreadLoginsGoOneByOne(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V1})
		plan := Plan{Mode: probe.ModeTable, TokenFlags: flags(0, 1, 2), ConnectFlags: flags(0), SDKs: []sdk.SDK{sdkNamed(t, "easyjs"), sdkNamed(t, "android")}}
		var mu sync.Mutex
		var steps []string
		p := proberOf(t, s.APIURL())
		p.Progress = func(g Progress) {
			mu.Lock()
			defer mu.Unlock()
			if g.Stage == "pairings" {
				steps = append(steps, fmt.Sprint(g.Total)) // one login at a time here
			}
		}
		d := p.Diagnose(t.Context(), plan)
		if n := len(steps); n < 3 || !slices.Equal(steps[n-3:], []string{"1", "1", "1"}) {
			t.Errorf("the last logins went %v at a time", steps)
		}
		if r := d.SDKs[0]; r.TokenFlags[0].Observed != probe.Closed || r.TokenFlags[2].Attempts != 1 {
			t.Errorf("%+v", r)
		}
		harmless(t, s)
	})
}

// TestTooManySDKLogins: the second table counts against the limit of a run.
func TestTooManySDKLogins(t *testing.T) {
	t.Parallel()
	var many []wire.DeviceFlag
	for f := range 100 {
		many = append(many, wire.DeviceFlag(f))
	}
	p := &Prober{API: &API{Base: "http://127.0.0.1:1"}}
	p.prepare()
	if _, err := p.layOut(Plan{TokenFlags: many, ConnectFlags: flags(0), SDKs: sdk.All()}); err == nil || !strings.Contains(err.Error(), "at most 1024") {
		t.Errorf("got %v", err)
	}
}

// TestAddressesOfBothPorts: an address that is given serves the SDKs of its own
// transport; the others go where /route sends them.
func TestAddressesOfBothPorts(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V2})
		for _, given := range []string{s.WSURL(), "tcp://" + s.TCPAddr()} {
			p := proberOf(t, s.APIURL())
			p.WS = given
			d := p.Diagnose(t.Context(), Plan{Mode: probe.ModeTable, TokenFlags: flags(1), ConnectFlags: flags(1), SDKs: []sdk.SDK{sdkNamed(t, "js"), sdkNamed(t, "android"), sdkNamed(t, "easyjs")}})
			for i, want := range []string{s.WSURL(), "tcp://" + s.TCPAddr(), s.WSURL()} {
				if got := d.SDKs[i]; got.Address != want || got.TokenFlags[0].Observed == probe.Unreachable {
					t.Errorf("--ws %s: %s went to %q, want %q: %+v", given, got.SDK, got.Address, want, got.TokenFlags[0])
				}
			}
		}
		harmless(t, s)
	})
}

// TestUserOverJSONRPC: an existing user's login is made as the SDK makes it, the
// control and the search for the token in the binary protocol.
func TestUserOverJSONRPC(t *testing.T) {
	t.Parallel()
	for g, want := range map[sandbox.Generation]probe.Observed{sandbox.V1: probe.Closed, sandbox.V2: probe.Silent} {
		sub(t, string(g), func(t *lab) {
			s := stand(t, sandbox.Config{Generation: g})
			s.Register("alice", "secret", 0, 0)
			p := proberOf(t, s.APIURL())
			p.SDK = sdkNamed(t, "easyjs")
			p.prepare()
			d := p.DiagnoseUser(t.Context(), UserPlan{UID: "alice", Token: p.Vault.User("secret"), Flag: 1, SweepFlags: flags(0, 1, 2)})
			if d.Pairings[0].Observed != want {
				t.Errorf("login: %+v", d.Pairings[0].Result)
			}
			if got := outcomeOf(d, probe.CheckUnknownUser); got != probe.OutcomePass {
				t.Errorf("control: %s", got)
			}
			if list := ofUser(s, "alice"); (len(list) > 0) != (g == sandbox.V2) || len(list) > 0 && !list[0].JSONRPC {
				t.Errorf("the server saw %+v", list)
			}
		})
	}
}
