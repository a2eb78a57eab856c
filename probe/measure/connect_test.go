package measure

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// connected makes one connection to address as uid.
func connected(t *lab, address, uid, token string, flag wire.DeviceFlag) *probe.Connection {
	t.Helper()
	p := proberOf(t, "http://127.0.0.1:1")
	p.WS, p.Vault = address, &secret.Vault{}
	return p.Connect(t.Context(), ConnectOptions{UID: uid, Token: p.Vault.User(token), Flag: flag, Source: probe.SourceFlag})
}

// addressOf gives the stand-in's address for a transport.
func addressOf(s *sandbox.Server, transport string) string {
	if transport == "tcp" {
		return "tcp://" + s.TCPAddr()
	}
	return s.WSURL()
}

// TestConnect: each end that a login can come to, over WebSocket and over TCP,
// with the exit code that says so and the frames that crossed.
func TestConnect(t *testing.T) {
	t.Parallel()
	const token = "connect-secret-1"
	answered, pinged := []string{"CONNECT", "CONNACK"}, []string{"CONNECT", "PING"}
	rows := []struct {
		name     string
		gen      sandbox.Generation
		uid      string
		token    string
		flag     wire.DeviceFlag
		fault    string
		observed probe.Observed
		proof    probe.Proof
		exit     int
		frames   []string
	}{
		{"accepted", sandbox.V1, "u", token, 1, "", probe.Accepted, probe.ProofConnack, 0, answered},
		{"accepted", sandbox.V2, "u", token, 1, "", probe.Accepted, probe.ProofConnack, 0, answered},
		{"accepted", sandbox.V3, "u", "whatever", 7, "", probe.Accepted, probe.ProofConnack, 0, answered},
		{"refused", sandbox.V1, "u", token, 0, "", probe.Refused, probe.ProofConnack, 1, answered},
		{"refused", sandbox.V20, "u", "other", 1, "", probe.Refused, probe.ProofConnack, 1, answered},
		{"no token", sandbox.V20, "u", "", 1, "", probe.Refused, probe.ProofConnack, 1, answered},
		{"silent", sandbox.V2, "u", token, 0, "", probe.Silent, probe.ProofPingClose, 1, pinged},
		{"closed", sandbox.V2, "u@x", token, 1, "", probe.Closed, probe.ProofNone, 1, answered[:1]},
		{"lost answer", sandbox.V2, "u", token, 1, "no-connack", probe.Accepted, probe.ProofPong, 0, []string{"CONNECT", "PING", "PONG"}},
		{"garbage", sandbox.V1, "u", token, 1, "garbage", probe.Closed, probe.ProofNone, 3, []string{"CONNECT", "?"}},
	}
	for _, row := range rows {
		for _, transport := range []string{"ws", "tcp"} {
			sub(t, fmt.Sprint(row.name, " ", row.gen, " ", transport), func(t *lab) {
				var faults []string
				if row.fault != "" {
					faults = append(faults, row.fault)
				}
				s := stand(t, sandbox.Config{Generation: row.gen}, faults...)
				s.Register("u", token, 1, 0)
				c := connected(t, addressOf(s, transport), row.uid, row.token, row.flag)
				if c.Observed != row.observed || c.Proof != row.proof || c.Verdict.ExitCode != row.exit || c.Attempts != 1 {
					t.Errorf("got %s, proof %q, exit code %d, fault %v after %d attempts", c.Observed, c.Proof, c.Verdict.ExitCode, c.Fault, c.Attempts)
				}
				checkFrames(t, c, row.frames, row.token)
				checkSteps(t, c, transport)
				unharmed(t, s)
			})
		}
	}
}

// checkFrames looks at what crossed the wire, and for the token in it.
func checkFrames(t testing.TB, c *probe.Connection, want []string, token string) {
	t.Helper()
	var names []string
	at := 0.0
	for _, f := range c.Frames {
		names = append(names, f.Name)
		if f.Sent != (f.Name == "CONNECT" || f.Name == "PING") || f.AtMS < at || f.Hex == "" {
			t.Errorf("%s: sent %t at %v ms, %q", f.Name, f.Sent, f.AtMS, f.Hex)
		}
		at = f.AtMS
	}
	if !slices.Equal(names, want) {
		t.Errorf("frames %v, want %v", names, want)
	}
	all, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if token == "" {
		return
	}
	for _, form := range []string{token, hex.EncodeToString([]byte(token))} {
		if bytes.Contains(all, []byte(form)) || strings.Contains(fmt.Sprintf("%+v", *c), form) {
			t.Errorf("the token shows as %s", form)
		}
	}
	if sent := c.Frames[0].Hex; strings.Count(sent, "**") != len(token) || !strings.HasPrefix(sent, "10") {
		t.Errorf("CONNECT is %s, want %d bytes blanked", sent, len(token))
	}
	if !bytes.Contains(all, []byte(`"token":"T0"`)) {
		t.Error("the alias is missing")
	}
}

func checkSteps(t testing.TB, c *probe.Connection, transport string) {
	t.Helper()
	var names []probe.StepName
	for _, s := range c.Steps {
		names = append(names, s.Name)
		if want := map[probe.StepName]float64{probe.StepDial: millis(2 * hop), probe.StepUpgrade: millis(2 * hop), probe.StepAnswer: s.ElapsedMS}[s.Name]; s.ElapsedMS != want {
			t.Errorf("step %s took %v ms, want %v", s.Name, s.ElapsedMS, want)
		}
	}
	want := map[string][]probe.StepName{"ws": {probe.StepDial, probe.StepUpgrade, probe.StepConnect, probe.StepAnswer}, "tcp": {probe.StepDial, probe.StepConnect, probe.StepAnswer}}[transport]
	if !slices.Equal(names, want) {
		t.Errorf("steps %v, want %v", names, want)
	}
	if answered := c.Proof == probe.ProofConnack; answered != (c.AnswerMS > 0) {
		t.Errorf("answered after %v ms, proof %q", c.AnswerMS, c.Proof)
	}
	if c.WaitedMS > 0 && c.WaitedMS != millis(unknownSpeed) {
		t.Errorf("a PING after %v ms, to a server of unknown speed", c.WaitedMS)
	}
}

// TestConnectUnreachable: no connection, and whose doing that is.
func TestConnectUnreachable(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{}, "refuse")
		for _, transport := range []string{"ws", "tcp"} {
			c := connected(t, addressOf(s, transport), "u", "tok-secret", 1)
			if c.Observed != probe.Unreachable || c.Verdict.ExitCode != 3 || c.Fault == nil || c.Fault.Kind != probe.FaultRefused || len(c.Frames) != 0 {
				t.Errorf("%s: got %s, exit code %d, %v", transport, c.Observed, c.Verdict.ExitCode, c.Fault)
			}
		}
		p := proberOf(t, s.APIURL())
		p.WS = "tcp://" + raw(t, gone)
		ctx, cancel := context.WithTimeout(t.Context(), 200*ms)
		defer cancel()
		took := since()
		if c := p.Connect(ctx, ConnectOptions{UID: "u"}); c.Observed != probe.NotRun || c.Verdict.ExitCode != 130 || took() != 200*ms {
			t.Errorf("stopped: got %s, exit code %d after %s", c.Observed, c.Verdict.ExitCode, took())
		}
	})
}

// TestConnectReset: a reset is tried again, over TCP also where it only shows
// when CONNECT is written.
func TestConnectReset(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		for _, transport := range []string{"ws", "tcp"} {
			s := stand(t, sandbox.Config{Generation: sandbox.V1}, "reset-on-dial:2")
			s.Register("u", "tok-secret", 1, 0)
			c := connected(t, addressOf(s, transport), "u", "tok-secret", 1)
			if c.Observed != probe.Accepted || c.Attempts != 3 || len(c.Lost) != 2 {
				t.Errorf("%s: got %s after %d attempts, lost %q, %v", transport, c.Observed, c.Attempts, c.Lost, c.Fault)
			}
		}
	})
}

// TestConnectManager: the server's own account is never tried: a wrong token for
// it crashes servers v2.1.0 to v2.2.5.
func TestConnectManager(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{ManagerToken: managerRaw})
		c := connected(t, s.WSURL(), wire.ManagerUID, "tok-secret", 1)
		if c.Observed != probe.NotRun || c.Verdict.ExitCode != 3 || c.Fault == nil || !strings.Contains(c.Fault.Text, wire.ManagerUID) || c.ElapsedMS != 0 {
			t.Errorf("got %s, exit code %d, %v, %v ms", c.Observed, c.Verdict.ExitCode, c.Fault, c.ElapsedMS)
		}
		if ws, _, _ := s.Dials(); ws != 0 || len(s.Hazards()) != 0 {
			t.Errorf("%d dials, hazards %v", ws, s.Hazards())
		}
	})
}

func TestConnectionVerdict(t *testing.T) {
	t.Parallel()
	rows := []struct {
		r    probe.Result
		want int
	}{
		{probe.Result{Observed: probe.Accepted, Proof: probe.ProofConnack}, 0},
		{probe.Result{Observed: probe.Accepted, Proof: probe.ProofPong}, 0},
		{probe.Result{Observed: probe.Refused, Proof: probe.ProofConnack}, 1},
		{probe.Result{Observed: probe.Silent, Proof: probe.ProofPingClose}, 1},
		{probe.Result{Observed: probe.Silent, Proof: probe.ProofIdleClose}, 1},
		{probe.Result{Observed: probe.Silent, Fault: &probe.Fault{Kind: probe.FaultTimeout}}, 3},
		{probe.Result{Observed: probe.Closed, Fault: &probe.Fault{Kind: probe.FaultEOF}}, 1},
		{probe.Result{Observed: probe.Closed, Disconnect: &probe.Disconnect{}}, 1},
		{probe.Result{Observed: probe.Closed, Fault: &probe.Fault{Kind: probe.FaultGarbage}}, 3},
		{probe.Result{Observed: probe.Unreachable, Fault: &probe.Fault{Kind: probe.FaultRefused}}, 3},
		{probe.Result{Observed: probe.NotRun, Fault: &probe.Fault{Kind: probe.FaultOther}}, 3},
		{probe.Result{Observed: probe.NotRun, Fault: &probe.Fault{Kind: probe.FaultCanceled}}, 130},
		{probe.Result{}, 3},
	}
	for _, row := range rows {
		got := connectionVerdict(&row.r)
		outcome := map[int]probe.Outcome{0: probe.OutcomePass, 1: probe.OutcomeFail}[row.want]
		if outcome == "" {
			outcome = probe.OutcomeUnknown
		}
		if got.ExitCode != row.want || got.Outcome != outcome {
			t.Errorf("%s, proof %q, fault %v: got %+v, want exit code %d", row.r.Observed, row.r.Proof, row.r.Fault, got, row.want)
		}
	}
}
