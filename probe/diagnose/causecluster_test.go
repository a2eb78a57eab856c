package diagnose

import (
	"strings"
	"testing"

	"github.com/wkctl/wkctl/probe"
)

// What v2.2.5 answers where it could not pass a request on.
const (
	refusedByNode   = `Post "http://10.0.0.3:5001/user/token": dial tcp 10.0.0.3:5001: connect: connection refused`
	refusedBySecond = `Post "http://10.0.0.2:5001/user/token": dial tcp 10.0.0.2:5001: connect: connection refused`
)

func nodes(online ...bool) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		for i, on := range online {
			d.Server.Nodes = append(d.Server.Nodes, probe.Node{ID: uint64(1001 + i), Online: on, Address: "10.0.0." + string(rune('1'+i)) + ":11110"})
		}
	}
}

// partly makes the registration of some users fail in the given ways, the most
// frequent first, and leaves the last pairing untested for it.
func partly(worked, not int, faults ...probe.Fault) func(*probe.Diagnosis) {
	return func(d *probe.Diagnosis) {
		c := d.Check(probe.CheckRegister)
		c.Outcome, c.Count, c.Failed, c.Fault, c.Faults = probe.OutcomeWarn, worked, not, &faults[0], faults[1:]
		if worked == 0 {
			c.Outcome = probe.OutcomeFail
		}
		d.Pairings[1].Result = probe.Result{Observed: probe.NotRun, Fault: &faults[0]}
		d.Pairings[1].ExpectToken = probe.TokenUnknown
	}
}

// clusterRows are WK212, WK208 and the cluster's part of WK207.
func clusterRows() []causeRow {
	said := func(text string) probe.Fault { return request(probe.FaultStatus, 400, text) }
	lost := request(probe.FaultTimeout, 0, "")
	body := request(probe.FaultStatus, 500, "")
	body.Body = `{"msg":"Get \"http://wk3:5001/user/token\": dial tcp: lookup wk3: no such host","status":400}`
	api := func(base string) func(*probe.Diagnosis) {
		return func(d *probe.Diagnosis) { d.Target.API = base }
	}
	local := said(`Post "http://127.0.0.1:5003/user/token": dial tcp 127.0.0.1:5003: connect: connection refused`)
	return []causeRow{
		{code: "WK212", name: "one node down", d: table(nodes(true, true, false), partly(8, 4, said(refusedByNode)))},
		{code: "WK212", name: "at once, all listed as online", d: table(nodes(true, true, true), partly(8, 4, said(refusedByNode)))},
		{code: "WK212", name: "no leader yet, too", d: table(nodes(true, true, false), partly(8, 4, said("slot leader not found"), said(refusedByNode)))},
		{code: "WK212", name: "name, in the body", d: table(partly(8, 4, body))},
		{code: "WK212", name: "loopback", d: table(partly(8, 4, local))},
		{code: "WK212", name: "all on one machine", d: table(api("http://127.0.0.1:5001"), partly(8, 4, local))},
		{code: "WK212", name: "in a report without counts", d: table(failed(probe.CheckRegister, said(refusedByNode), ""))},
		{code: "WK212", name: "rows of an existing user", d: user(func(d *probe.Diagnosis) {
			f := said(refusedByNode)
			d.Check(probe.CheckStore).Outcome, d.Check(probe.CheckStore).Fault = probe.OutcomeUnknown, &f
		})},
		{code: "WK212", name: "seen in the list of nodes alone", d: table(func(d *probe.Diagnosis) { f := said(refusedByNode); d.Server.NodesFault = &f })},
		{code: "WK212", name: "two nodes down", absent: true, d: table(nodes(true, false, false), partly(0, 12, said(refusedByNode)))},
		{code: "WK212", name: "two nodes down, nothing listed", absent: true, d: table(partly(0, 12, said(refusedByNode), said(refusedBySecond)))},
		{code: "WK212", name: "another 400", absent: true, d: table(partly(8, 4, said("uid不能为空！")))},
		{code: "WK207", name: "two nodes down", variant: "cluster", d: table(nodes(true, false, false), partly(0, 12, said(refusedByNode)))},
		{code: "WK207", name: "two nodes down, nothing listed", variant: "cluster", d: table(partly(0, 12, said(refusedByNode), said(refusedBySecond)))},
		{code: "WK207", name: "two nodes down, no answer", variant: "cluster", d: table(nodes(true, true, true), partly(0, 12, lost, said(refusedByNode)))},
		{code: "WK207", name: "one node down", absent: true, d: table(nodes(true, true, false), partly(8, 4, said(refusedByNode)))},
		{code: "WK208", name: "one node, nothing came of it", d: table(nodes(true, true, false))},
		{code: "WK208", name: "all online", absent: true, d: table(nodes(true, true, true))},
	}
}

// TestClusterRoot: the finding that says what is wrong comes first, and the
// offline node supports it.
func TestClusterRoot(t *testing.T) {
	t.Parallel()
	down := request(probe.FaultStatus, 400, refusedByNode)
	for name, tc := range map[string]struct {
		d       *probe.Diagnosis
		first   string
		node    string // as WK212 names it
		depends string // WK208 on
	}{
		"one down":           {table(nodes(true, true, false), partly(8, 4, down)), "WK212", "1003", "WK212"},
		"a wrong apiUrl":     {table(nodes(true, true, true), partly(8, 4, down)), "WK212", "1003", ""},
		"two down":           {table(nodes(true, false, false), partly(0, 12, down)), "WK207", "", "WK207"},
		"none down":          {table(nodes(true, true, true)), "", "", ""},
		"down, nothing lost": {table(nodes(true, true, false)), "WK208", "", ""},
	} {
		Explain(tc.d)
		if codes := codesIn(tc.d); tc.first == "" && len(codes) > 0 || tc.first != "" && !strings.HasPrefix(codes[0], tc.first+"/") {
			t.Errorf("%s: first of %v, want %s", name, codesIn(tc.d), tc.first)
		}
		if found := tc.d.Finding("WK212"); tc.node != "" && (found == nil || found.Args["id"] != tc.node || found.Args["failed"] != "4" || found.Args["total"] != "12") {
			t.Errorf("%s: %v", name, found)
		}
		if found := tc.d.Finding("WK208"); found != nil && found.DependsOn != tc.depends || tc.d.Finding("WK205") != nil || tc.d.Finding("WK604") != nil {
			t.Errorf("%s: WK208 follows from %q, want %q; %v", name, found.DependsOn, tc.depends, codesIn(tc.d))
		}
	}
}

func TestPassedOn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		refusedByNode: "10.0.0.3:5001",
		`Post "http://[fd00::3]:5001/user/token": dial tcp [fd00::3]:5001: i/o timeout`:               "[fd00::3]:5001",
		`Post "http://wk3:5001/user/token": context deadline exceeded (Client.Timeout exceeded while`: "wk3:5001",
		`Get "https://wk3/user/onlinestatus": dial tcp 10.1.1.1:443: connect: no route to host`:       "wk3",
		`see "http://example.com": it says so`:                                                        "",
		"context deadline exceeded":                                                                   "",
		`Post "http://10.0.0.3:5001/user/token`:                                                       "",
		`Post "http://": dial tcp: connection refused`:                                                "",
		"": "",
	} {
		f := request(probe.FaultStatus, 400, text)
		if got, _ := passedOn(&f); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if node, _ := passedOn(&probe.Fault{Text: refusedByNode}); node != "" {
		t.Errorf("without an HTTP answer: %q", node)
	}
}
