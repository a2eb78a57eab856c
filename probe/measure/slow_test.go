package measure

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// never is longer than any run.
const never = time.Hour

// TestFaultSlow: a server that takes its time over every CONNECT gets a longer
// silence, and no cell is wrong for it.
func TestFaultSlow(t *testing.T) {
	t.Parallel()
	for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V20, sandbox.V2} {
		for _, delay := range []string{"slow:40ms", "slow:400ms"} {
			sub(t, string(g)+" "+delay, func(t *lab) {
				_, d := faulty(t, sandbox.Config{Generation: g}, threeByThree(), delay)
				checkTable(t, d, probe.Generation(g), false)
				want := map[string]float64{"slow:40ms": millis(slowFactor * (40*ms + 2*hop)), "slow:400ms": millis(maxSilence)}[delay]
				for i := range d.Pairings {
					if p := &d.Pairings[i]; p.Proof == probe.ProofPingClose && p.WaitedMS != want {
						t.Errorf("%s: waited %.0f ms before the PING, want %.0f", p.ID, p.WaitedMS, want)
					}
				}
			})
		}
	}
}

// TestFaultSlowForSome: the control is fast, but the good CONNECT of another
// user is slow: the PING overtakes it, the server closes, and only a second or a
// third look with more patience shows that it would have been accepted.
func TestFaultSlowForSome(t *testing.T) {
	t.Parallel()
	for want, delay := range map[int]time.Duration{1: 100 * ms, 2: 600 * ms, 3: 1600 * ms} {
		sub(t, delay.String(), func(t *lab) {
			s := stand(t, sandbox.Config{})
			p := proberOf(t, s.APIURL())
			p.WS = slowForSome(t, func(c *wire.Connect) (time.Duration, bool) {
				switch {
				case strings.HasSuffix(c.UID, "-1-1"):
					return delay, true
				case strings.HasSuffix(c.UID, "-right"):
					return 0, true
				}
				return 0, false
			})
			d := p.Diagnose(t.Context(), Plan{Mode: probe.ModeTable, TokenFlags: flags(1), ConnectFlags: flags(0, 1)})
			q := cell(t, d, 1, 1)
			if q.Observed != probe.Accepted || q.Attempts != want {
				t.Errorf("got %s, proof %q after %d attempts, want accepted by look %d", q.Observed, q.Proof, q.Attempts, want)
			}
			if q := cell(t, d, 1, 0); q.Observed != probe.Silent || q.Proof != probe.ProofPingClose {
				t.Errorf("the refused one: got %s, proof %q", q.Observed, q.Proof)
			}
			harmless(t, s)
		})
	}
	sub(t, "token auth off", func(t *lab) {
		s := stand(t, sandbox.Config{})
		p := proberOf(t, s.APIURL())
		p.WS = slowForSome(t, func(c *wire.Connect) (time.Duration, bool) {
			if strings.HasSuffix(c.UID, "-wrong") || strings.HasSuffix(c.UID, "-1-0") {
				return 600 * ms, true
			}
			return 0, true
		})
		d := p.Diagnose(t.Context(), Plan{Mode: probe.ModeTable, TokenFlags: flags(1), ConnectFlags: flags(0, 1)})
		if q := cell(t, d, 1, 0); q.Observed != probe.Accepted || d.Server.TokenAuth != probe.AuthOff {
			t.Errorf("got %s, token auth %s: others with a wrong token were let in", q.Observed, d.Server.TokenAuth)
		}
	})
}

// slowForSome is a client port that refuses in silence, closes on a PING that
// comes before it has decided, and takes its time over some.
func slowForSome(t *lab, decide func(*wire.Connect) (time.Duration, bool)) (address string) {
	t.Helper()
	var open sync.WaitGroup
	url := page(t, func(w http.ResponseWriter, r *http.Request) {
		open.Add(1)
		defer open.Done()
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer func() { _ = c.CloseNow() }()
		_, b, err := c.Read(t.Context())
		frame, _, _ := wire.Decode(b)
		connect, ok := frame.(*wire.Connect)
		if err != nil || !ok {
			return
		}
		delay, accept := decide(connect)
		pinged := make(chan struct{})
		open.Go(func() { _, _, _ = c.Read(t.Context()); close(pinged) })
		select {
		case <-pinged: // before the decision, or in place of one
			return
		case <-time.After(map[bool]time.Duration{true: delay, false: never}[accept]):
		}
		ack, _ := (&wire.Connack{ServerVersion: 5, Reason: wire.ReasonSuccess, ServerKey: "k", Salt: "s", HasNodeID: true}).Encode()
		_ = c.Write(t.Context(), websocket.MessageBinary, ack)
		<-pinged
	})
	t.Cleanup(open.Wait)
	return "ws" + strings.TrimPrefix(url, "http")
}
