package measure

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/secret"
	"github.com/wkctl/wkctl/probe/wire"
)

// connected makes one connection to address as uid.
func connected(t *testing.T, address, uid, token string, flag wire.DeviceFlag) *probe.Connection {
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
			t.Run(fmt.Sprint(row.name, " ", row.gen, " ", transport), func(t *testing.T) {
				t.Parallel()
				var faults []string
				if row.fault != "" {
					faults = append(faults, row.fault)
				}
				s := stand(t, sandbox.Config{Generation: row.gen, RefusalClose: never, IdleClose: never}, faults...)
				s.Register("u", token, 1, 0)
				c := connected(t, addressOf(s, transport), row.uid, row.token, row.flag)
				if c.Observed != row.observed || c.Proof != row.proof || c.Verdict.ExitCode != row.exit || c.Attempts != 1 {
					t.Errorf("got %s, proof %q, exit code %d, fault %v after %d attempts", c.Observed, c.Proof, c.Verdict.ExitCode, c.Fault, c.Attempts)
				}
				checkFrames(t, c, row.frames, row.token)
				checkSteps(t, c, transport)
				for _, h := range hazards(s) {
					t.Error(h)
				}
			})
		}
	}
}

// checkFrames looks at what crossed the wire, and for the token in it.
func checkFrames(t *testing.T, c *probe.Connection, want []string, token string) {
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

func checkSteps(t *testing.T, c *probe.Connection, transport string) {
	t.Helper()
	var names []probe.StepName
	for _, s := range c.Steps {
		names = append(names, s.Name)
		if s.ElapsedMS < 0 {
			t.Errorf("step %s took %v ms", s.Name, s.ElapsedMS)
		}
	}
	want := map[string][]probe.StepName{"ws": {probe.StepDial, probe.StepUpgrade, probe.StepConnect, probe.StepAnswer}, "tcp": {probe.StepDial, probe.StepConnect, probe.StepAnswer}}[transport]
	if !slices.Equal(names, want) {
		t.Errorf("steps %v, want %v", names, want)
	}
	if answered := c.Proof == probe.ProofConnack; answered != (c.AnswerMS > 0) {
		t.Errorf("answered after %v ms, proof %q", c.AnswerMS, c.Proof)
	}
	if c.WaitedMS > 0 && c.WaitedMS < millis(unknownSpeed)-1 {
		t.Errorf("a PING after %v ms, to a server of unknown speed", c.WaitedMS)
	}
}

// TestConnectUnreachable: no connection, and whose doing that is.
func TestConnectUnreachable(t *testing.T) {
	t.Parallel()
	s := stand(t, sandbox.Config{}, "refuse")
	for _, transport := range []string{"ws", "tcp"} {
		c := connected(t, addressOf(s, transport), "u", "tok-secret", 1)
		if c.Observed != probe.Unreachable || c.Verdict.ExitCode != 3 || c.Fault == nil || c.Fault.Kind != probe.FaultRefused || len(c.Frames) != 0 {
			t.Errorf("%s: got %s, exit code %d, %v", transport, c.Observed, c.Verdict.ExitCode, c.Fault)
		}
	}
	p := proberOf(t, s.APIURL())
	p.WS = "tcp://" + raw(t, muted)
	ctx, cancel := context.WithTimeout(t.Context(), 200*ms)
	defer cancel()
	if c := p.Connect(ctx, ConnectOptions{UID: "u"}); c.Observed != probe.NotRun || c.Verdict.ExitCode != 130 {
		t.Errorf("stopped: got %s, exit code %d", c.Observed, c.Verdict.ExitCode)
	}
}

// TestConnectReset: a reset is tried again, over TCP also where it only shows
// when CONNECT is written.
func TestConnectReset(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"ws", "tcp"} {
		s := stand(t, sandbox.Config{Generation: sandbox.V1}, "reset-on-dial:2")
		s.Register("u", "tok-secret", 1, 0)
		c := connected(t, addressOf(s, transport), "u", "tok-secret", 1)
		if c.Observed != probe.Accepted || c.Attempts != 3 || len(c.Lost) != 2 {
			t.Errorf("%s: got %s after %d attempts, lost %q, %v", transport, c.Observed, c.Attempts, c.Lost, c.Fault)
		}
	}
}

// TestConnectManager: the server's own account is never tried: a wrong token for
// it ends servers v2.1.0 to v2.2.5.
func TestConnectManager(t *testing.T) {
	t.Parallel()
	s := stand(t, sandbox.Config{ManagerToken: managerRaw})
	c := connected(t, s.WSURL(), wire.ManagerUID, "tok-secret", 1)
	if c.Observed != probe.NotRun || c.Verdict.ExitCode != 3 || c.Fault == nil || !strings.Contains(c.Fault.Text, wire.ManagerUID) || c.ElapsedMS > 1000 {
		t.Errorf("got %s, exit code %d, %v, %v ms", c.Observed, c.Verdict.ExitCode, c.Fault, c.ElapsedMS)
	}
	if ws, _, _ := s.Dials(); ws != 0 || len(s.Hazards()) != 0 {
		t.Errorf("%d dials, hazards %v", ws, s.Hazards())
	}
}

// script answers the CONNECT of a raw TCP connection with frames, then reads.
func script(t *testing.T, play func(c net.Conn, token string)) (address string) {
	return "tcp://" + raw(t, func(c net.Conn) {
		go func() {
			defer func() { _ = c.Close() }()
			buf := make([]byte, 4096)
			n, _ := c.Read(buf)
			if f, _, err := wire.Decode(buf[:n]); err == nil {
				play(c, f.(*wire.Connect).Token)
			}
			_, _ = io.Copy(io.Discard, c)
		}()
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestConnectEcho: a server that sends the token back does not get it into the
// report, neither as text nor as bytes.
func TestConnectEcho(t *testing.T) {
	t.Parallel()
	const token = "echoed-secret"
	address := script(t, func(c net.Conn, token string) {
		_, _ = c.Write(must((&wire.Disconnect{Reason: wire.ReasonConnectKick, Text: "go away, " + token + "\x1b[31m\u202e!"}).Encode()))
	})
	c := connected(t, address, "u", token, 1)
	if c.Observed != probe.Closed || c.Verdict.ExitCode != 1 || c.Disconnect == nil || c.Disconnect.Text != "go away, T0!" || c.Disconnect.ReasonCode != wire.ReasonConnectKick {
		t.Errorf("got %s, exit code %d, %+v", c.Observed, c.Verdict.ExitCode, c.Disconnect)
	}
	checkFrames(t, c, []string{"CONNECT", "DISCONNECT"}, token)
	if got := c.Frames[1].Hex; strings.Count(got, "**") != len(token) {
		t.Errorf("DISCONNECT is %s", got)
	}
	garbage := script(t, func(c net.Conn, token string) { _, _ = c.Write([]byte("\xff\xfe" + token)) })
	checkFrames(t, connected(t, garbage, "u", token, 1), []string{"CONNECT", "?"}, token)
}

// TestConnectFlood: a server that pushes without end is read up to the answer,
// and what is kept of it is bounded; behind the answer it fills no memory and
// holds no goroutine.
func TestConnectFlood(t *testing.T) {
	t.Parallel()
	push := append([]byte{5<<4 | 1, 0x80, 0x80, 0x02}, make([]byte, 32<<10)...) // RECV of 32 KiB
	address := script(t, func(c net.Conn, _ string) {
		for range 100 {
			_, _ = c.Write(push)
		}
		_, _ = c.Write(must((&wire.Connack{ServerVersion: 4, Reason: wire.ReasonSuccess, HasNodeID: true}).Encode()))
		for {
			if _, err := c.Write(push); err != nil {
				return
			}
		}
	})
	c := connected(t, address, "u", "tok-secret", 1)
	if c.Observed != probe.Accepted || len(c.Frames) != maxFrames {
		t.Errorf("got %s, %v, %d frames", c.Observed, c.Fault, len(c.Frames))
	}
	if last := c.Frames[len(c.Frames)-1]; last.Name != "CONNACK" {
		t.Errorf("the last frame is %s", last.Name)
	}
	for _, f := range c.Frames {
		if len(f.Hex) > 2*maxDumped {
			t.Errorf("%s: %d bytes of hex", f.Name, len(f.Hex))
		}
	}
}

// TestConnectPieces: an answer that comes byte by byte, and one that comes with
// more behind it.
func TestConnectPieces(t *testing.T) {
	t.Parallel()
	ack := must((&wire.Connack{ServerVersion: 5, Reason: wire.ReasonSuccess, ServerKey: "key", Salt: "salt", HasNodeID: true, NodeID: 7}).Encode())
	bytewise := script(t, func(c net.Conn, _ string) {
		for i := range ack {
			_, _ = c.Write(ack[i : i+1])
			time.Sleep(ms)
		}
	})
	together := script(t, func(c net.Conn, _ string) { _, _ = c.Write(append(slices.Clone(ack), 0xff, 0xff)) })
	for name, address := range map[string]string{"byte by byte": bytewise, "with more": together} {
		c := connected(t, address, "u", "tok-secret", 1)
		if c.Observed != probe.Accepted || c.NodeID == nil || *c.NodeID != 7 || c.ServerVersion != 5 {
			t.Errorf("%s: got %s, %v", name, c.Observed, c.Fault)
		}
	}
	half := script(t, func(c net.Conn, _ string) { _, _ = c.Write(ack[:5]); _ = c.Close() })
	if c := connected(t, half, "u", "tok-secret", 1); c.Observed != probe.Closed || c.Verdict.ExitCode != 1 {
		t.Errorf("half an answer: got %s, exit code %d", c.Observed, c.Verdict.ExitCode)
	}
	endless := script(t, func(c net.Conn, _ string) { _, _ = c.Write([]byte{2 << 4, 0xff, 0xff, 0xff, 0x7f}) })
	if c := connected(t, endless, "u", "tok-secret", 1); c.Observed != probe.Closed || c.Fault.Kind != probe.FaultGarbage {
		t.Errorf("a frame of 256 MiB: got %s, %v", c.Observed, c.Fault)
	}
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

// TestWSAddress: the address that a run would take.
func TestWSAddress(t *testing.T) {
	t.Parallel()
	s := stand(t, sandbox.Config{})
	none := stand(t, sandbox.Config{Advertise: sandbox.Advertise{WS: "none", TCP: "none"}})
	odd := stand(t, sandbox.Config{Advertise: sandbox.Advertise{WS: "http://h:1"}})
	rows := []struct {
		name, base, ws, want string
		source               probe.Source
	}{
		{"given", "http://127.0.0.1:1", "ws://given:1", "ws://given:1", probe.SourceFlag},
		{"advertised", s.APIURL(), "", s.WSURL(), probe.SourceRoute},
		{"nothing advertised", none.APIURL(), "", "ws://127.0.0.1:5200", probe.SourceDefault},
		{"nonsense advertised", odd.APIURL(), "", "ws://127.0.0.1:5200", probe.SourceDefault},
	}
	for _, row := range rows {
		p := proberOf(t, row.base)
		p.WS = row.ws
		if got, source, err := p.WSAddress(t.Context()); got != row.want || source != row.source || err != nil {
			t.Errorf("%s: got %s from %s, %v", row.name, got, source, err)
		}
	}
	if _, _, err := proberOf(t, "http://127.0.0.1:1").WSAddress(t.Context()); err == nil {
		t.Error("no API: got an address")
	}
}

// TestRandomShared: connections that are opened at once may share a random
// source that is not made for it.
func TestRandomShared(t *testing.T) {
	t.Parallel()
	s := stand(t, sandbox.Config{Generation: sandbox.V1})
	p := proberOf(t, s.APIURL())
	p.Random = &counter{}
	checkTable(t, p.Diagnose(t.Context(), threeByThree()), probe.GenV1, false)
	harmless(t, s)
}

// counter is a random source for the race detector.
type counter struct{ n byte }

func (c *counter) Read(b []byte) (int, error) {
	for i := range b {
		c.n = c.n*5 + 113
		b[i] = c.n
	}
	return len(b), nil
}

// TestRandomBroken: without random numbers nothing leaves for the server.
func TestRandomBroken(t *testing.T) {
	t.Parallel()
	s := stand(t, sandbox.Config{})
	p := proberOf(t, s.APIURL())
	p.Random = iotestErr{}
	d := p.Diagnose(t.Context(), threeByThree())
	if len(s.Requests()) != 0 || outcomeOf(d, probe.CheckAPI) != probe.OutcomeUnknown || len(d.Pairings) != 0 {
		t.Errorf("%d requests, api %q, %d pairings", len(s.Requests()), outcomeOf(d, probe.CheckAPI), len(d.Pairings))
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }
