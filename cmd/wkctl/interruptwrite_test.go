package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/memnet"
	"github.com/wkctl/wkctl/probe/sandbox"
)

// readDiagnosis reads a report that was written as JSON.
func readDiagnosis(t *testing.T, file string) *probe.Diagnosis {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d probe.Diagnosis
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// cutWriter is a client's connection in whose write, when so many have been made on
// all of them together, the signal comes.
type cutWriter struct {
	net.Conn
	left   *atomic.Int64
	cancel func()
}

func (c *cutWriter) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if c.left.Add(-1) == 0 {
		c.cancel()
		time.Sleep(time.Nanosecond) // until everybody has heard of it
	}
	return n, err
}

// TestInterruptInWrite stops a run on a server in order in each of its writes. The
// WebSocket library closes a connection whose context ends in a write: that is no
// close of the server's, which is to blame for nothing.
func TestInterruptInWrite(t *testing.T) {
	t.Parallel()
	for _, gen := range []sandbox.Generation{sandbox.V1, sandbox.V2} {
		t.Run(string(gen), func(t *testing.T) {
			t.Parallel()
			writes, over := int64(0), false
			for !over && !t.Failed() {
				writes++
				bubble(t, func(t *testing.T, n *memnet.Network) { over = interruptInWrite(t, n, gen, writes) })
			}
			if writes < 40 {
				t.Errorf("after %d writes the run was over", writes)
			}
		})
	}
}

// interruptInWrite says whether the run was over before so many writes.
func interruptInWrite(t *testing.T, n *memnet.Network, gen sandbox.Generation, writes int64) (over bool) {
	t.Helper()
	s := serveOn(t, n, sandbox.Config{Generation: gen})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left := &atomic.Int64{}
	left.Store(writes)
	f := &terminal{net: n, dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := n.Dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &cutWriter{c, left, cancel}, nil
	}}
	code := f.runIn(ctx, "diagnose", "--api", s.APIURL(), "--flags", "0,1", "--format", "json")
	time.Sleep(2 * time.Nanosecond) // for the write that slept
	if ctx.Err() == nil {
		return true
	}
	var d probe.Diagnosis
	if err := json.Unmarshal(f.stdout.Bytes(), &d); err != nil {
		t.Fatalf("write %d: exit code %d, %v\n%s", writes, code, err, &f.stderr)
	}
	blamesNobody(t, &d)
	if got := tokensLeft(s); got != "none" || code != exitInterrupted && (code != exitOK || !d.Complete) {
		t.Errorf("write %d: exit code %d, complete %v, tokens left: %s", writes, code, d.Complete, got)
	}
	for i := range d.Pairings {
		if p := &d.Pairings[i]; p.Verdict == probe.OutcomeFail {
			t.Errorf("write %d: pairing %s failed, %+v", writes, p.ID, p.Result)
		}
	}
	if t.Failed() {
		t.Logf("write %d", writes)
	}
	return false
}
