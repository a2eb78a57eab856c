package logwatch

import (
	"slices"
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// TestAttachTrouble: a panic and calls of /user/token that were not taken are
// nobody's lines; of many the newest are kept, and the user's own are still there.
func TestAttachTrouble(t *testing.T) {
	t.Parallel()
	lines := slices.Repeat([]string{`[GIN] 2026/11/28 - 15:14:44 | 401 |  7.233µs | 10.0.0.7 | POST     "/user/token"`}, 3*maxTrouble)
	lines = append(lines, "panic: listen tcp 0.0.0.0:5100: bind: address already in use", "", notFoundV2("u0", "APP"))
	d := &probe.Diagnosis{Mode: probe.ModeTable, Pairings: []probe.Pairing{refusedPairing(0, 0, 0)}}
	if !Attach(d, probe.LogFacts{}, logged(t, lines...)) {
		t.Error("the user's line is missing")
	}
	kinds := map[string]int{}
	for _, l := range d.Log.Entries {
		kinds[l.Kind]++
	}
	if kinds[string(serverlog.KindTokenCallUnauthorized)] != maxTrouble-1 || kinds[string(serverlog.KindListenInUse)] != 1 || kinds[string(serverlog.KindDeviceNotFound)] != 1 {
		t.Errorf("%v", kinds)
	}
	if d.Log.Refusals != 1 || !strings.Contains(d.Log.Entries[maxTrouble-1].Text, "bind:") {
		t.Errorf("%d refusals, %+v", d.Log.Refusals, d.Log.Entries[maxTrouble-1])
	}
}
