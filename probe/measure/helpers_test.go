package measure

import (
	"context"
	"flag"
	"io"
	"log"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// TestMain lets more tests run at once than there are processors: most of their
// time is spent waiting for a server that says nothing. No test may leave a
// goroutine behind, so neither may a run.
func TestMain(m *testing.M) {
	flag.Parse()
	if fuzzing := flag.Lookup("test.fuzz").Value.String() != ""; !fuzzing { // each of its workers is a process
		if err := flag.Set("test.parallel", "32"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// stand starts a stand-in that plays the given faults.
func stand(t testing.TB, cfg sandbox.Config, faults ...string) *sandbox.Server {
	t.Helper()
	for _, text := range faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Faults = append(cfg.Faults, f)
	}
	s, err := sandbox.Start(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// client is an HTTP client whose connections end with the test.
func client(t testing.TB) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: apiParallel}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// proberOf measures the API at base; the WebSocket address comes from /route.
func proberOf(t testing.TB, base string) *Prober {
	return &Prober{API: &API{Base: base, Client: client(t)}, Version: "test"}
}

func flags(list ...wire.DeviceFlag) []wire.DeviceFlag { return list }

// threeByThree is the default table.
func threeByThree() Plan {
	return Plan{Mode: probe.ModeTable, TokenFlags: flags(0, 1, 2), ConnectFlags: flags(0, 1, 2)}
}

// cell gives one pairing of a Diagnosis.
func cell(t *testing.T, d *probe.Diagnosis, token, connect wire.DeviceFlag) *probe.Pairing {
	t.Helper()
	i := slices.IndexFunc(d.Pairings, func(p probe.Pairing) bool { return p.TokenFlag == token && p.ConnectFlag == connect })
	if i < 0 {
		t.Fatalf("no pairing %d->%d among %d", token, connect, len(d.Pairings))
	}
	return &d.Pairings[i]
}

// outcomeOf gives the outcome of a check, and "" where there is none.
func outcomeOf(d *probe.Diagnosis, id probe.CheckID) probe.Outcome {
	if c := d.Check(id); c != nil {
		return c.Outcome
	}
	return ""
}

// ofUser lists the stand-in's CONNECTs of one uid.
func ofUser(s *sandbox.Server, uid string) []sandbox.ConnectRecord {
	return slices.DeleteFunc(s.Connects(), func(r sandbox.ConnectRecord) bool { return r.UID != uid })
}

// busy says that this machine takes so long over an upgrade or an answer that
// the first silence was longer than usual: then no second look is needed.
func busy(results ...*probe.Result) bool {
	for _, r := range results {
		for _, s := range r.Steps {
			if s.Name == probe.StepUpgrade && s.ElapsedMS >= millis(minSilence/slowFactor) {
				return true
			}
		}
		if r.AnswerMS >= millis(minSilence/slowFactor) {
			return true
		}
	}
	return false
}

// hazards lists what would have harmed a real server. That a PING stood right
// behind its CONNECT is left out: a stand-in that got no processor for as long
// as the silence lasts reads both at once. How long it lasts is tested by itself.
func hazards(s *sandbox.Server) []string {
	return slices.DeleteFunc(s.Hazards(), func(h string) bool { return strings.Contains(h, "CONNECT and PING in one write") })
}

// harmless fails the test where a probing rule was broken: something that harms
// real servers, two attempts at once on one uid, or a token that was left.
func harmless(t testing.TB, s *sandbox.Server) {
	t.Helper()
	for _, h := range hazards(s) {
		t.Errorf("hazard: %s", h)
	}
	for _, c := range s.Connects() {
		if c.Overlapped {
			t.Errorf("two attempts at once on uid %q", c.UID)
		}
	}
	for _, row := range s.Tokens() {
		if row.Token != "" {
			t.Errorf("uid %q flag %d: a token is left", row.UID, row.Flag)
		}
		if row.Level != 0 && row.Token != "" {
			t.Errorf("uid %q flag %d: registered with level %d, which kicks", row.UID, row.Flag, row.Level)
		}
	}
}

// eventually waits for something that another goroutine brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// quiet swallows what a test server would write about its clients.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
