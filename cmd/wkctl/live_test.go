package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// The live tests compare a real server with the stand-in of its generation.
// They run where WKCTL_LIVE_API is set:
//
//	WKCTL_LIVE_API         base URL of its HTTP API, http://127.0.0.1:5001
//	WKCTL_LIVE_WS          its WebSocket URL; default: what /route says
//	WKCTL_LIVE_TCP         its TCP port as host:port, for the tests of that port
//	WKCTL_LIVE_GENERATION  what it must be taken for: v1.0, v1, v2-beta, v2.0, v2 or v3
//	WKCTL_LIVE_RUNS        how often the table is made; default 1
//	WKCTL_MANAGER_TOKEN    the manager token, where it wants one
//
// testdata/compose.yaml starts two servers for them.
type live struct{ api, ws, tcp, generation string }

func liveServer(t *testing.T) live {
	t.Helper()
	l := live{
		api: os.Getenv("WKCTL_LIVE_API"), ws: os.Getenv("WKCTL_LIVE_WS"),
		tcp: os.Getenv("WKCTL_LIVE_TCP"), generation: os.Getenv("WKCTL_LIVE_GENERATION"),
	}
	if l.api == "" {
		t.Skip("WKCTL_LIVE_API is not set")
	}
	return l
}

// run runs wkctl on the server and gives its exit code.
func (l live) run(t *testing.T, args ...string) (*process, int) {
	t.Helper()
	p := wkctl(t, args...)
	p.cmd.Env = append(p.cmd.Env, "WKCTL_API="+l.api, "WKCTL_WS="+l.ws, "WKCTL_MANAGER_TOKEN="+os.Getenv("WKCTL_MANAGER_TOKEN"))
	return p, p.run()
}

func (l live) diagnose(t *testing.T, args ...string) *probe.Diagnosis {
	t.Helper()
	p, code := l.run(t, append([]string{"diagnose", "--format", "json"}, args...)...)
	return diagnosisOf(t, p, code)
}

func diagnosisOf(t *testing.T, p *process, code int) *probe.Diagnosis {
	t.Helper()
	var d probe.Diagnosis
	if err := json.Unmarshal(p.stdout.Bytes(), &d); err != nil {
		t.Fatalf("exit code %d, no report: %v\n%s%s", code, err, &p.stdout, &p.stderr)
	}
	if d.Verdict.ExitCode != code {
		t.Errorf("exit code %d, the report says %d", code, d.Verdict.ExitCode)
	}
	return &d
}

// standIn makes the table of the stand-in for a generation.
func standIn(t *testing.T, generation probe.Generation, args ...string) *probe.Diagnosis {
	t.Helper()
	p := wkctl(t, append([]string{"diagnose", "--format", "json", "--sandbox", string(generation)}, args...)...)
	return diagnosisOf(t, p, p.run())
}

// differences compares what a server did with what its stand-in did, cell by
// cell, and what was made of it.
func differences(got, want *probe.Diagnosis) (list []string) {
	differ := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			list = append(list, fmt.Sprintf("%s: got %v, the stand-in %v", what, got, want))
		}
	}
	differ("generation", got.Server.Generation, want.Server.Generation)
	differ("token auth", got.Server.TokenAuth, want.Server.TokenAuth)
	differ("exit code", got.Verdict.ExitCode, want.Verdict.ExitCode)
	differ("pairings", len(got.Pairings), len(want.Pairings))
	for i := range min(len(got.Pairings), len(want.Pairings)) {
		g, w := &got.Pairings[i], &want.Pairings[i]
		differ(string(g.ID), cell(g), cell(w))
	}
	for _, id := range []probe.CheckID{
		probe.CheckAPI, probe.CheckRegister, probe.CheckWS, probe.CheckRightToken,
		probe.CheckWrongToken, probe.CheckEmptyToken, probe.CheckUnknownUser, probe.CheckCleanup,
	} {
		g, w := got.Check(id), want.Check(id)
		if g == nil || w == nil {
			differ("check "+string(id), g != nil, w != nil)
			continue
		}
		differ("check "+string(id), g.Outcome, w.Outcome)
	}
	differ("findings", authFindings(got), authFindings(want))
	return list
}

// cell is what a pairing came to. A login whose CONNACK the server lost
// (v2.0.8 to v2.2.5: "writeFrame: conn not exist") is known by its PONG, and has
// no reason code.
func cell(p *probe.Pairing) string {
	reason := p.ReasonCode.String()
	if p.Proof == probe.ProofPong {
		reason = wire.ReasonSuccess.String()
	}
	return fmt.Sprint(p.ID, " ", p.Observed, " ", reason, " expectToken ", p.ExpectToken, " by ", p.ExpectTokenSource, " ", p.Verdict)
}

// authFindings lists the findings about authentication: those about addresses
// depend on where the server stands.
func authFindings(d *probe.Diagnosis) (list []string) {
	for _, f := range d.Findings {
		if strings.HasPrefix(f.Code, "WK5") {
			list = append(list, f.Code+" "+string(f.Severity))
		}
	}
	return list
}

// TestLiveTable makes the table, as often as WKCTL_LIVE_RUNS says.
func TestLiveTable(t *testing.T) {
	l := liveServer(t)
	runs := 1
	if s := os.Getenv("WKCTL_LIVE_RUNS"); s != "" {
		var err error
		if runs, err = strconv.Atoi(s); err != nil || runs < 1 {
			t.Fatalf("WKCTL_LIVE_RUNS=%q, expected a number from 1", s)
		}
	}
	var want *probe.Diagnosis
	wrong, again, pongs, slowest := 0, 0, 0, 0.0
	for n := range runs {
		got := l.diagnose(t)
		if want == nil {
			if l.generation != "" && string(got.Server.Generation) != l.generation {
				t.Fatalf("generation %s (%+v), want %s", got.Server.Generation, got.Server.Evidence, l.generation)
			}
			want = standIn(t, got.Server.Generation)
		}
		for _, d := range differences(got, want) {
			wrong++
			t.Errorf("run %d: %s", n+1, d)
		}
		for i := range got.Pairings {
			again += got.Pairings[i].Attempts - 1
			if got.Pairings[i].Proof == probe.ProofPong {
				pongs++
			}
		}
		slowest = max(slowest, got.ElapsedMS)
	}
	t.Logf("%s, generation %s: %d runs, %d differences, %d connections repeated, %d CONNACKs lost, slowest run %.0f ms",
		l.api, want.Server.Generation, runs, wrong, again, pongs, slowest)
}

// TestLiveSetup: will a back end's flag 0 do for the JS SDK?
func TestLiveSetup(t *testing.T) {
	l := liveServer(t)
	for _, args := range [][]string{{"--token-flag", "0"}, {"--token-flag", "1"}, {"--token-flag", "0", "--connect-flag", "200"}} {
		got := l.diagnose(t, args...)
		for _, d := range differences(got, standIn(t, got.Server.Generation, args...)) {
			t.Errorf("%v: %s", args, d)
		}
	}
}

// TestLiveManyFlags tries every token flag against the JS SDK's.
func TestLiveManyFlags(t *testing.T) {
	l := liveServer(t)
	args := []string{"--flags", "0-255", "--connect-flags", "1"}
	got := l.diagnose(t, args...)
	if len(got.Pairings) != 256 {
		t.Errorf("%d pairings, want 256", len(got.Pairings))
	}
	for _, d := range differences(got, standIn(t, got.Server.Generation, args...)) {
		t.Error(d)
	}
	t.Logf("256 pairings in %.0f ms", got.ElapsedMS)
}

// TestLiveSteps registers, issues, connects, lists and removes, on the server
// and on its stand-in, and wants the same exit codes.
func TestLiveSteps(t *testing.T) {
	l := liveServer(t)
	generation := l.diagnose(t).Server.Generation // fewer flags leave v1.0 and v1 alike
	uid := fmt.Sprintf("wkctl-live-%d", time.Now().UnixNano())
	actual := l.steps(t, uid)
	stand := serve(t, sandbox.Config{Generation: sandbox.Generation(generation)})
	imitated := live{api: stand.APIURL(), ws: stand.WSURL()}.steps(t, uid)
	for i, name := range stepNames() {
		if actual[i] != imitated[i] {
			t.Errorf("%s: exit code %d, on the stand-in %d", name, actual[i], imitated[i])
		}
	}
	t.Logf("%s: %v", strings.Join(stepNames(), ", "), actual)
	if got := tokensLeft(stand); got != "none" {
		t.Errorf("tokens left: %s", got)
	}
}

func stepNames() []string {
	return []string{"register", "token", "connect", "connect as another flag", "list", "remove", "connect again"}
}

// steps gives the exit code of each of stepNames.
func (l live) steps(t *testing.T, uid string) (codes []int) {
	t.Helper()
	file := t.TempDir() + "/credentials.json"
	do := func(args ...string) *process {
		p, code := l.run(t, args...)
		codes = append(codes, code)
		return p
	}
	do("register", "--uid", uid, "--flags", "0")
	issued := do("token", "--uid", uid, "--flags", "1", "--format", "json", "--show-tokens")
	if err := os.WriteFile(file, issued.stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	do("connect", "--credentials", file)
	do("connect", "--credentials", file, "--connect-flag", "2")
	do("token", "--uid", uid, "--list")
	do("register", "--remove", "--uid", uid, "--flags", "0,1")
	do("connect", "--credentials", file)
	return codes
}

// TestLiveWrongPorts gives the API's port and the TCP port as WebSocket address.
func TestLiveWrongPorts(t *testing.T) {
	l := liveServer(t)
	host := strings.TrimPrefix(strings.TrimPrefix(l.api, "http://"), "https://")
	wantCode(t, l.diagnose(t, "--ws", "ws://"+host), "WK403")
	wantCode(t, l.diagnose(t, "--api", "http://127.0.0.1:1"), "WK201")
	if l.tcp == "" {
		t.Skip("WKCTL_LIVE_TCP is not set")
	}
	wantCode(t, l.diagnose(t, "--ws", "ws://"+l.tcp), "WK402")
	got := l.diagnose(t, "--ws", "tcp://"+l.tcp)
	for _, d := range differences(got, standIn(t, got.Server.Generation)) {
		t.Errorf("over TCP: %s", d)
	}
}

// wantCode wants one finding that is an error, and no token left.
func wantCode(t *testing.T, d *probe.Diagnosis, code string) {
	t.Helper()
	var errors []string
	for _, f := range d.Findings {
		if f.Severity == probe.SeverityError {
			errors = append(errors, f.Code)
		}
	}
	if strings.Join(errors, " ") != code {
		t.Errorf("--ws %s: errors %v, want %s", d.Target.WS, errors, code)
	}
	if c := d.Check(probe.CheckCleanup); c != nil && c.Outcome != probe.OutcomePass {
		t.Errorf("--ws %s: cleanup %+v", d.Target.WS, c)
	}
}

// TestLiveInterrupt stops a run half-way and looks into the server's store,
// where it shows it, for what is left.
func TestLiveInterrupt(t *testing.T) {
	l := liveServer(t)
	prefix := fmt.Sprintf("wkctl-live-%d", time.Now().UnixNano())
	p := wkctl(t, "diagnose", "--api", l.api, "--flags", "0-60", "--connect-flags", "1", "--uid-prefix", prefix, "--format", "json")
	p.cmd.Env = append(p.cmd.Env, "WKCTL_WS="+l.ws, "WKCTL_MANAGER_TOKEN="+os.Getenv("WKCTL_MANAGER_TOKEN"))
	p.start()
	time.Sleep(60 * time.Millisecond) // wherever that is: the outcome must be the same
	p.interrupt()
	code := p.wait()
	switch {
	case code == exitOK || code == exitFinding:
		t.Skip("it was over before it could be interrupted")
	case code == -1 && p.stdout.Len() == 0:
		t.Skip("it was interrupted before it began")
	case code != exitInterrupted:
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	d := diagnosisOf(t, p, code)
	c, stored := d.Check(probe.CheckCleanup), d.Check(probe.CheckRegister)
	if d.Complete || c == nil && stored != nil && stored.Count > 0 || c != nil && c.Outcome != probe.OutcomePass {
		t.Errorf("complete %v, cleanup %+v", d.Complete, c)
	}
	for flag := range 61 {
		uid := fmt.Sprintf("%s-%d-1", prefix, flag)
		list, code := l.run(t, "token", "--list", "--uid", uid, "--format", "json", "--show-tokens")
		if code == exitNoDiagnosis {
			t.Log("this server does not show what it has stored")
			return
		}
		var doc document
		if err := json.Unmarshal(list.stdout.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		for _, row := range doc.Tokens {
			if row.Token != "" {
				t.Errorf("%s still has a token for flag %d", uid, row.DeviceFlag)
			}
		}
	}
}
