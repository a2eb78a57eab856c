package measure

import (
	"runtime"
	"sync"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/sandbox"
	"github.com/wkctl/wkctl/probe/wire"
)

// everyFlag is 256 × 1: the largest run that is of use.
func everyFlag() Plan {
	plan := Plan{Mode: probe.ModeTable, ConnectFlags: flags(1)}
	for f := range 256 {
		plan.TokenFlags = append(plan.TokenFlags, wire.DeviceFlag(f))
	}
	return plan
}

// BenchmarkDiagnose measures whole runs against a stand-in in the same process:
// its work is in the figures. dials/op shows a second look or a retry.
func BenchmarkDiagnose(b *testing.B) {
	for _, g := range []sandbox.Generation{sandbox.V1, sandbox.V2} {
		for name, plan := range map[string]Plan{"3x3": threeByThree(), "256x1": everyFlag()} {
			b.Run(string(g)+"/"+name, func(b *testing.B) {
				here := onThisMachine(b)
				s := stand(here, sandbox.Config{Generation: g})
				c := client(here)
				b.ReportAllocs()
				for b.Loop() {
					d := (&Prober{API: &API{Base: s.APIURL(), Client: c}}).Diagnose(b.Context(), plan)
					if !d.Complete || len(d.Pairings) != len(plan.TokenFlags)*len(plan.ConnectFlags) {
						b.Fatalf("complete %t, %d pairings", d.Complete, len(d.Pairings))
					}
				}
				ws, _, tcp := s.Dials()
				b.ReportMetric(float64(ws+tcp)/float64(b.N), "dials/op")
			})
		}
	}
}

// TestManyFlags: 256 × 1 works, every cell is right, and what it holds at its
// peak stays small: under 64 MiB with the stand-in's side of 256 connections.
func TestManyFlags(t *testing.T) {
	bubble(t, func(t *lab) {
		s := stand(t, sandbox.Config{Generation: sandbox.V1})
		p := proberOf(t, s.APIURL())
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var mu sync.Mutex
		var peak uint64
		p.Progress = func(Progress) {
			mu.Lock()
			defer mu.Unlock()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse+now.StackInuse)
		}
		d := p.Diagnose(t.Context(), everyFlag())
		checkTable(t, d, probe.GenV1, false)
		harmless(t, s)
		if len(d.Pairings) != 256 || cell(t, d, 1, 1).Observed != probe.Accepted || outcomeOf(d, probe.CheckCleanup) != probe.OutcomePass {
			t.Errorf("%d pairings, clean-up %q", len(d.Pairings), outcomeOf(d, probe.CheckCleanup))
		}
		held := float64(peak-min(peak, before.HeapInuse+before.StackInuse)) / (1 << 20)
		t.Logf("256 x 1: %.0f ms, %.1f MiB of heap and stacks at the peak", d.ElapsedMS, held)
		if held > 64 {
			t.Errorf("%.1f MiB at the peak, want less than 64", held)
		}
	})
}
