package serverlog

import (
	"context"
	"testing"
)

// allocations counts what scanning so many blocks allocates.
func allocations(t *testing.T, block []byte, blocks int) float64 {
	t.Helper()
	return testing.AllocsPerRun(3, func() {
		if _, _, err := (&Scanner{}).Summarise(context.Background(), &repeat{block: block, left: blocks}); err != nil {
			t.Error(err)
		}
	})
}

// TestAllocations: lines about something else cost no memory at all, and a refusal
// costs the same however many came before it.
func TestAllocations(t *testing.T) { // not parallel: all allocations count
	if few, many := allocations(t, []byte(ordinary), 10), allocations(t, []byte(ordinary), 1000); few != many {
		t.Errorf("expected as many allocations for 40 ordinary lines as for 4000, got %v and %v", few, many)
	}
	block := errorBlock(t)
	a, b, c := allocations(t, block, 20), allocations(t, block, 40), allocations(t, block, 60)
	if c-b > b-a+10 { // a map may have grown
		t.Errorf("expected as many allocations for the last 20 blocks as for those before, got %v and %v", c-b, b-a)
	}
}

// TestNothingIsLost: a long log counts as its pieces do.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	const blocks = 40
	block := mixedBlock(t)
	first, once := scanAll(t, &Scanner{}, string(block))
	sum, stats, err := (&Scanner{}).Summarise(context.Background(), &repeat{block: block, left: blocks})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Lines != blocks*once.Lines || stats.Bytes != blocks*int64(len(block)) || stats.Entries != blocks*int64(len(first)) || stats.Folded != blocks*once.Folded || sum.Entries != stats.Entries {
		t.Errorf("expected %d times %+v, got %+v", blocks, once, stats)
	}
	for _, g := range sum.Groups() {
		if g.Count%blocks != 0 {
			t.Errorf("expected a multiple of %d, got %d of %s %s", blocks, g.Count, g.Kind, g.UID)
		}
	}
}
