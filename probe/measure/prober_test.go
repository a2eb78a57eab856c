package measure

import (
	"io"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// TestWSAddress: the address that a run would take.
func TestWSAddress(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
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
			{"another scheme advertised", odd.APIURL(), "", "ws://h:1", probe.SourceRepaired},
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
	})
}

// TestRandomShared: connections that are opened at once may share a random
// source that is not made for it.
func TestRandomShared(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V1})
		p := proberOf(t, s.APIURL())
		p.Random = &counter{}
		checkTable(t, p.Diagnose(t.Context(), threeByThree()), probe.GenV1, false)
		harmless(t, s)
	})
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
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{})
		p := proberOf(t, s.APIURL())
		p.Random = iotestErr{}
		d := p.Diagnose(t.Context(), threeByThree())
		if len(s.Requests()) != 0 || outcomeOf(d, probe.CheckAPI) != probe.OutcomeUnknown || len(d.Pairings) != 0 {
			t.Errorf("%d requests, api %q, %d pairings", len(s.Requests()), outcomeOf(d, probe.CheckAPI), len(d.Pairings))
		}
	})
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }
