package serverlog

import (
	"context"
	"runtime"
	"testing"
)

// TestMemoryStaysFlat scans 200 MB that are never in memory: the heap may not grow
// with the log, and nothing may be lost in it.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 MB")
	}
	block := mixedBlock(t)
	first, _ := scanAll(t, &Scanner{}, string(block))
	_, once := scanAll(t, &Scanner{}, string(block))
	blocks := 200 << 20 / len(block)
	if raceEnabled {
		blocks /= 20
	}

	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sum, peak, seen := &Summary{}, uint64(0), int64(0)
	stats, err := (&Scanner{}).Scan(context.Background(), &repeat{block: block, left: blocks}, func(e Entry) error {
		sum.Add(e)
		if seen++; seen%20_000 == 0 {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&now)

	n := int64(blocks)
	if stats.Lines != n*once.Lines || stats.Bytes != n*int64(len(block)) || stats.Entries != n*int64(len(first)) || stats.Folded != n*once.Folded || sum.Entries != stats.Entries {
		t.Errorf("expected %d times %+v, got %+v", n, once, stats)
	}
	const room = 16 << 20 // garbage between two collections included
	if peak > before.HeapAlloc+room {
		t.Errorf("the heap grew from %d to %d bytes", before.HeapAlloc, peak)
	}
	if now.HeapAlloc > before.HeapAlloc+2<<20 {
		t.Errorf("expected no more than 2 MB to stay, got %d", now.HeapAlloc-before.HeapAlloc)
	}
	for _, g := range sum.Groups() {
		if g.Count%n != 0 {
			t.Errorf("expected a multiple of %d, got %d of %s %s", n, g.Count, g.Kind, g.UID)
		}
	}
}
