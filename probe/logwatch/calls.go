package logwatch

import (
	"cmp"
	"slices"

	"github.com/wkctl/wkctl/probe"
	"github.com/wkctl/wkctl/probe/serverlog"
)

// CountCall counts an entry that tells how a call to store or clear a token was
// answered, and gives the list with it. Calls from before the run stay apart from
// those that came while it lasted.
func CountCall(calls []probe.LogCall, e *serverlog.Entry, before bool) []probe.LogCall {
	if !aboutCall(e) {
		return calls
	}
	at := slices.IndexFunc(calls, func(c probe.LogCall) bool {
		return c.Path == e.Path && c.Status == e.Status && c.Before == before
	})
	if at < 0 {
		if len(calls) >= probe.MaxLogCalls {
			return calls
		}
		at = len(calls)
		calls = append(calls, probe.LogCall{Path: e.Path, Status: e.Status, Before: before})
	}
	c := &calls[at]
	c.Count++
	c.Text, c.Last, c.NoZone = e.Text, nil, false
	if !e.Time.IsZero() {
		when := e.Time
		c.Last, c.NoZone = &when, e.Misleads(serverlog.MisleadNoZone)
	}
	return calls
}

// aboutCall says whether an entry is an answer to /user/token or
// /user/device_quit, or may be.
func aboutCall(e *serverlog.Entry) bool {
	if e.Status == 0 {
		return false
	}
	switch e.Kind {
	case serverlog.KindTokenRequestInvalid, serverlog.KindUserRequestInvalid:
		return true
	}
	return e.Path == "/user/token" || e.Path == "/user/device_quit"
}

// sortCalls puts those of before the run first, then what was refused most often.
func sortCalls(calls []probe.LogCall) []probe.LogCall {
	slices.SortStableFunc(calls, func(a, b probe.LogCall) int {
		return cmp.Or(boolOrder(b.Before, a.Before), cmp.Compare(a.Path, b.Path), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Status, b.Status))
	})
	return calls
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
